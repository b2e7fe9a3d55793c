/* Stands in for libFuzzer in an ordinary build: runs a target on the files that are named, and on
 * those in the folders that are named. */
#include "support/fuzz.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

static int count;

static int replay_file(const char *path) {
    FILE *file = fopen(path, "rb");
    if (!file) return perror(path), 1;
    static uint8_t data[1 << 22];
    size_t size = fread(data, 1, sizeof data, file);
    fclose(file);
    (void)LLVMFuzzerTestOneInput(data, size);
    count++;
    return 0;
}

static int replay(const char *path) {
    struct stat about;
    if (stat(path, &about) != 0) return perror(path), 1;
    if (!S_ISDIR(about.st_mode)) return replay_file(path);
    DIR *entries = opendir(path);
    int failed = entries == NULL;
    for (struct dirent *entry; entries && (entry = readdir(entries));) {
        char inside[4096];
        if (entry->d_name[0] == '.') continue;
        snprintf(inside, sizeof inside, "%s/%s", path, entry->d_name);
        failed |= replay(inside);
    }
    if (entries) closedir(entries);
    return failed;
}

int main(int argc, char **argv) {
    int failed = LLVMFuzzerInitialize(&argc, &argv);
    for (int i = 1; i < argc; i++) failed |= replay(argv[i]);
    printf("%d files\n", count);
    return failed || count == 0;
}

#include "support/fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[64];

static void clean_up(void) {
    char command[96];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    if (system(command) != 0) fprintf(stderr, "%s is left\n", folder);
}

/* The library's own tests count allocations; here AddressSanitizer does. */
int LLVMFuzzerInitialize(int *argc, char ***argv) {
    (void)argc;
    (void)argv;
    (void)cornu_set_num_threads(1);
    const char *memory = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    snprintf(folder, sizeof folder, "%s/cornu-fuzz-XXXXXX", memory);
    if (!mkdtemp(folder)) abort();
    (void)atexit(clean_up);
    return 0;
}

const char *fuzz_file(const uint8_t *data, size_t size, const char *ending) {
    static char path[96];
    snprintf(path, sizeof path, "%s/input%s", folder, ending);
    FILE *file = fopen(path, "wb");
    if (!file || fwrite(data, 1, size, file) != size || fclose(file) != 0) abort();
    return path;
}

cornu_model *fuzz_model(void) {
    static cornu_model *model;
    if (!model) {
        model = cornu_sequential(
            cornu_input(4), cornu_layer_dense(3, .activation = "relu"), cornu_layer_dense(2)
        );
        if (!model) abort();
    }
    return model;
}

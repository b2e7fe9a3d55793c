/* Shared memory: an unnamed file that both sides map. It is sealed against shrinking, since a page
 * that is taken away would end this process with SIGBUS. */
#include "base/process.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

cornu_status cornu_shared_make_(cornu_shared *shared) {
    *shared = (cornu_shared){.descriptor = memfd_create("cornu", MFD_CLOEXEC | MFD_ALLOW_SEALING)};
    if (shared->descriptor >= 0 && fcntl(shared->descriptor, F_ADD_SEALS, F_SEAL_SHRINK) == 0) {
        return CORNU_OK;
    }
    int code = errno;
    cornu_shared_free_(shared);
    CORNU_FAIL(CORNU_ENOMEM, "no shared memory: %s", strerror(code));
}

cornu_status cornu_shared_grow_(cornu_shared *shared, size_t size) {
    if (size <= shared->size) return CORNU_OK;
    void *memory = MAP_FAILED;
    if (ftruncate(shared->descriptor, (off_t)size) == 0) {
        memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, shared->descriptor, 0);
    }
    if (memory == MAP_FAILED) {
        CORNU_FAIL(CORNU_ENOMEM, "%zu bytes of shared memory: %s", size, strerror(errno));
    }
    cornu_shared_forget_(shared->memory, shared->size);
    shared->memory = memory;
    shared->size = size;
    return CORNU_OK;
}

void cornu_shared_free_(cornu_shared *shared) {
    cornu_shared_forget_(shared->memory, shared->size);
    if (shared->descriptor >= 0) (void)close(shared->descriptor);
    *shared = (cornu_shared){.descriptor = -1};
}

void *cornu_shared_view_(int descriptor, size_t size) {
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
    return memory == MAP_FAILED ? NULL : memory;
}

void cornu_shared_forget_(void *memory, size_t size) {
    if (memory) (void)munmap(memory, size);
}

/* OrbaxCheckpoint, which is refused: Orbax is a format of JAX without a reader elsewhere.
 * keras/src/callbacks/orbax_checkpoint.py */
#include <cornu/callbacks.h>

typedef struct {
    cornu_callback base;
} orbax_checkpoint;

static cornu_status init(void *object) {
    (void)object;
    CORNU_FAIL(
        CORNU_EUNSUPPORTED, "OrbaxCheckpoint writes a format of JAX; ModelCheckpoint saves models "
                            "that Keras opens, BackupAndRestore keeps the whole run"
    );
}

CORNU_CALLBACK_CLASS(orbax_checkpoint){
    .name = "OrbaxCheckpoint",
    .size = sizeof(orbax_checkpoint),
    .init = init,
};

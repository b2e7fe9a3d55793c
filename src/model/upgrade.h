/* Configs of Keras 1 and 2, in the words of Keras 3. */
#ifndef CORNU_MODEL_UPGRADE_H
#define CORNU_MODEL_UPGRADE_H

#include <cjson/cJSON.h>
#include <cornu/error.h>

/* Who wants to know what was changed in a way that matters for numbers. */
typedef struct cornu_upgrade {
    const char *version; /* of the Keras that wrote the config; NULL: it does not say */
    /* may be NULL; `path`: "layers/3 'lstm'" */
    cornu_status (*note)(void *user, const char *path, const char *text);
    void *user;
} cornu_upgrade;

/* A serialised model or layer, in place: renamed classes and arguments at any depth. What needs no
 * change stays as it is; classes of a user's own are left alone. CORNU_EUNSUPPORTED for an argument
 * without a counterpart, named with its place; CORNU_ENOMEM. */
cornu_status cornu_upgrade_model_(const cornu_upgrade *upgrade, cJSON *object);
/* The training_config of a legacy file, made the compile_config of today in place. */
cornu_status cornu_upgrade_training_(const cornu_upgrade *upgrade, cJSON *config);

/* ---- for the files upgrade*.c ---- */
/* The class under its name of today, with its arguments renamed: upgrade_layers.c */
cornu_status cornu_upgrade_layer_(const cornu_upgrade *upgrade, cJSON *object, const char *path);

/* The calls of a model whose config has a list of layers: upgrade_calls.c */
cornu_status cornu_upgrade_calls_(cJSON *config);

/* Gives a member another key, unless there is one of that key already, which then counts. */
cornu_status cornu_upgrade_rename_(cJSON *object, const char *from, const char *to);
/* Puts `value` (taken; NULL: out of memory) under the key, in the place of what is there. */
cornu_status cornu_upgrade_set_(cJSON *object, const char *key, cJSON *value);
const char *cornu_upgrade_text_(const cJSON *object, const char *key); /* NULL: no text */

#endif

/* A loss around a function in C. keras/src/losses/losses.py: a function is taken by a
 * LossFunctionWrapper. */
#include <cornu/losses.h>

typedef struct {
    cornu_loss base;
    cornu_loss_function_args args;
} function;

static cornu_status init(void *object) {
    if (((function *)object)->args.call) return CORNU_OK;
    CORNU_FAIL(CORNU_EINVAL, "the function must be given");
}

static cornu_tensor *call(cornu_loss *loss, cornu_tensor *y_true, cornu_tensor *y_pred) {
    const cornu_loss_function_args *args = &((function *)loss)->args;
    return args->call(y_true, y_pred, args->user);
}

static void destroy(void *object) {
    const cornu_loss_function_args *args = &((function *)object)->args;
    if (args->free_user) args->free_user(args->user);
}

static const cornu_loss_function_args defaults = {CORNU_LOSS_FUNCTION_DEFAULTS};
static const cornu_field fields[] = {CORNU_LOSS_FIELDS(cornu_loss_function_args)};

/* not in the registry: no file can say what the function is */
static const cornu_loss_class function_class = {
    CORNU_CLASS_ARGS(function, args, defaults, fields),
    .name = "function",
    .init = init,
    .destroy = destroy,
    .call = call,
};

cornu_loss *cornu_loss_function_new(const cornu_loss_function_args *args) {
    cornu_loss_function_args without = *args;
    without.user = NULL; /* becomes the object's own when there is one */
    without.free_user = NULL;
    cornu_loss *made = cornu_loss_create(&function_class, &without);
    if (made) {
        ((function *)made)->args.user = args->user;
        ((function *)made)->args.free_user = args->free_user;
    } else if (args->free_user) {
        args->free_user(args->user);
    }
    return made;
}

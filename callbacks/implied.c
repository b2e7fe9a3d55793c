/* History and ProgbarLogger: what fit does without being asked. Objects of these classes are there
 * for lists that name them, and do nothing. keras/src/callbacks/history.py, progbar_logger.py */
#include <cornu/callbacks.h>

typedef struct {
    cornu_callback base;
} implied;

CORNU_CALLBACK_CLASS(history){.name = "History", .size = sizeof(implied)};
CORNU_CALLBACK_CLASS(progbar_logger){.name = "ProgbarLogger", .size = sizeof(implied)};

cornu_callback *cornu_callback_history_new(void) {
    return cornu_callback_create(&cornu_callback_history_class, NULL);
}

cornu_callback *cornu_callback_progbar_logger_new(void) {
    return cornu_callback_create(&cornu_callback_progbar_logger_class, NULL);
}

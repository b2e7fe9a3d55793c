/* Stands in for cornu-read as a hostile file might make it: the path that is asked for says how to
 * lie (test_reader.c). */
#include "base/process.h"
#include "save/hdf5_remote.h"

#include <string.h>

static void answer_path(const char *path, cornu_h5_answer *answer) {
    answer->kind = CORNU_H5_DATASET;
    answer->dtype = CORNU_FLOAT32;
    answer->shape = cornu_shape(2, 3);
    answer->place = 0;
    if (strcmp(path, "rank") == 0) answer->shape.rank = CORNU_MAX_RANK + 1;
    if (strcmp(path, "negative") == 0) answer->shape.dims[1] = -3;
    if (strcmp(path, "wraps") == 0) answer->shape = cornu_shape(INT64_MAX / 2, 8);
    if (strcmp(path, "outside") == 0) answer->place = (uint64_t)1 << 40;
    if (strcmp(path, "beyond") == 0) answer->shape = cornu_shape(1 << 20, 1 << 10);
    if (strcmp(path, "dtype") == 0) answer->dtype = 4711;
    if (strcmp(path, "kind") == 0) answer->kind = 99;
    if (strcmp(path, "words") == 0) {
        answer->status = 99;
        memset(answer->message, 'x', sizeof answer->message); /* without an end */
        memcpy(answer->message, "\n\033words", 7);
    }
}

int main(void) {
    cornu_h5_question question;
    while (cornu_channel_receive_(&question, sizeof question)) {
        char path[CORNU_H5_WIRE_TEXT + 1] = "";
        if (question.path_size > CORNU_H5_WIRE_TEXT || question.name_size > 0 ||
            !cornu_channel_receive_(path, question.path_size)) {
            return 1;
        }
        cornu_h5_answer answer = {.version = CORNU_H5_WIRE_VERSION};
        if (question.what == CORNU_H5_ASK_FIND) answer_path(path, &answer);
        if (!cornu_channel_send_(&answer, sizeof answer)) return 1;
    }
    return 0;
}

/* The texts of keras.datasets: pickled lists, of which nothing is run, and what Keras makes of
 * them; padding. The pickles are those of Python's pickle.dumps for numpy arrays of lists. */
#include "base/file.h"
#include "base/memory.h"
#include "save/archive.h"
#include "save/pickle.h"
#include "support/support.h"
#include <cornu/cornu.h>
#include <stdlib.h>
#include <string.h>

/* ---- pickles --------------------------------------------------------------------------------- */

typedef struct {
    char bytes[4096];
    size_t size;
} buffer;

static void add(buffer *b, const char *bytes, size_t size) {
    memcpy(b->bytes + b->size, bytes, size);
    b->size += size;
}
#define ADD(b, text) add((b), (text), sizeof(text) - 1)

/* A .npy file of version 1 around a pickle. */
static void begin(buffer *b) {
    static const char header[] = "{'descr': '|O', 'fortran_order': False, 'shape': (3,), }";
    b->size = 0;
    ADD(b, "\x93NUMPY\x01\x00\x76\x00");
    add(b, header, sizeof header - 1);
    while (b->size < 127) ADD(b, " ");
    ADD(b, "\n");
}

/* What numpy.save writes before the lists with protocol 3, and after them. */
static void begin_array(buffer *b) {
    begin(b);
    ADD(b, "\x80\x03"
           "cnumpy.core.multiarray\n_reconstruct\nq\x00"
           "cnumpy\nndarray\nq\x01");
    ADD(b, "K\x00\x85q\x02"
           "C\x01"
           "bq\x03\x87q\x04Rq\x05(K\x01K\x03\x85q\x06"
           "cnumpy\ndtype\nq\x07");
    ADD(b, "X\x02\x00\x00\x00O8q\x08K\x00K\x01\x87q\x09Rq\x0a(K\x03X\x01\x00\x00\x00|q\x0bNNN");
    ADD(b, "J\xff\xff\xff\xffJ\xff\xff\xff\xffK?tq\x0c"
           "b\x89");
}
static void end_array(buffer *b) { ADD(b, "tb."); }

/* [[1, 2, 300], [], [70000]] */
static void add_lists(buffer *b) {
    ADD(b, "]q\x0d(]q\x0e(K\x01K\x02M\x2c\x01"
           "e]q\x0f]q\x10Jp\x11\x01\x00"
           "ae");
}

static void assert_list(
    const cornu_sequences *lists, size_t index, size_t count, const int *wanted
) {
    size_t length;
    const int32_t *items = cornu_sequences_get(lists, index, &length);
    ck_assert_uint_eq(length, count);
    for (size_t i = 0; i < count; i++) ck_assert_int_eq(items[i], wanted[i]);
}

START_TEST(pickled_lists_are_read) {
    buffer b;
    begin_array(&b);
    add_lists(&b);
    end_array(&b);
    cornu_sequences *lists = cornu_pickled_lists_(b.bytes, b.size, "x");
    assert_ok(lists);
    ck_assert_uint_eq(cornu_sequences_count(lists), 3);
    assert_list(lists, 0, 3, (int[]){1, 2, 300});
    assert_list(lists, 1, 0, NULL);
    assert_list(lists, 2, 1, (int[]){70000});
    ck_assert_ptr_null(cornu_sequences_get(lists, 3, NULL));
    cornu_sequences_free(lists);
}
END_TEST

START_TEST(protocol_4_is_read) {
    buffer b;
    begin(&b);
    ADD(&b, "\x80\x04\x95\x00\x00\x00\x00\x00\x00\x00\x00\x8c\x16numpy._core.multiarray\x94");
    ADD(&b,
        "\x8c\x0c_reconstruct\x94\x93\x94\x8c\x05numpy\x94\x8c\x07ndarray\x94\x93\x94K\x00\x85");
    ADD(&b, "\x94"
            "C\x01"
            "b\x94\x87\x94R\x94(K\x01K\x01\x85\x94h\x03\x8c\x05"
            "dtype\x94\x93\x94");
    ADD(&b, "\x8c\x02O8\x94\x89\x88\x87\x94R\x94(K\x03\x8c\x01|\x94NNNJ\xff\xff\xff\xff");
    ADD(&b, "J\xff\xff\xff\xffK?t\x94"
            "b\x89]\x94]\x94(K\x07\x8a\x01\xfe"
            "e"
            "at\x94"
            "b.");
    cornu_sequences *lists = cornu_pickled_lists_(b.bytes, b.size, "x");
    assert_ok(lists);
    ck_assert_uint_eq(cornu_sequences_count(lists), 1);
    assert_list(lists, 0, 2, (int[]){7, -2});
    cornu_sequences_free(lists);
}
END_TEST

START_TEST(nothing_in_a_pickle_is_run) {
    buffer b;
    begin(&b);
    ADD(&b, "\x80\x02"
            "cposix\nsystem\nU\x04true\x85R.");
    assert_fails(
        cornu_pickled_lists_(b.bytes, b.size, "x"), CORNU_EFORMAT,
        "'posix.system', which is not run"
    );
    begin(&b);
    ADD(&b, "\x80\x02"
            "cnumpy\nndarray\nK\x00\x85R.");
    assert_fails(cornu_pickled_lists_(b.bytes, b.size, "x"), CORNU_EFORMAT, "a call");
    begin(&b);
    ADD(&b, "\x80\x02}.");
    assert_fails(cornu_pickled_lists_(b.bytes, b.size, "x"), CORNU_EFORMAT, "instruction 0x7d");
    begin_array(&b);
    ADD(&b, "]q\x0d(]q\x0e(K\x01"
            "eh\x0eh\x0e"
            "e"); /* one list three times */
    end_array(&b);
    assert_fails(cornu_pickled_lists_(b.bytes, b.size, "x"), CORNU_EFORMAT, "within one another");
    begin_array(&b);
    ADD(&b, "]q\x0dh\x0d"
            "a"); /* a list in itself */
    end_array(&b);
    assert_fails(cornu_pickled_lists_(b.bytes, b.size, "x"), CORNU_EFORMAT, "within one another");
}
END_TEST

START_TEST(damaged_pickles_are_told) {
    buffer b;
    begin_array(&b);
    add_lists(&b);
    end_array(&b);
    for (size_t cut = 0; cut < b.size; cut++) {
        char *exact = malloc(cut + 1); /* so that reading further is found out */
        memcpy(exact, b.bytes, cut);
        assert_fails(cornu_pickled_lists_(exact, cut, "x"), CORNU_EFORMAT, "x");
        free(exact);
    }
    for (size_t place = 128; place < b.size; place++)
        for (int bit = 0; bit < 8; bit++) {
            b.bytes[place] ^= (char)(1 << bit);
            cornu_sequences *lists = cornu_pickled_lists_(b.bytes, b.size, "x");
            if (!lists) assert_fails(cornu_error_status(), CORNU_EFORMAT, "x");
            cornu_sequences_free(lists);
            b.bytes[place] ^= (char)(1 << bit);
        }
}
END_TEST

/* ---- the data sets --------------------------------------------------------------------------- */

/* An archive of x and y, where x are the lists above and y 0, 1, 2, under these names. */
static void write_archive(const char *path, const char *const *names, size_t count) {
    const int32_t labels[] = {0, 1, 2};
    buffer b;
    char *y;
    size_t y_size;
    begin_array(&b);
    add_lists(&b);
    end_array(&b);
    cornu_tensor *numbers = cornu_tensor_from(CORNU_INT32, cornu_shape(3), labels);
    assert_ok(cornu_save_npy("texts_y.npy", numbers));
    assert_ok(cornu_file_read_("texts_y.npy", 0, &y, &y_size));
    cornu_archive_member members[4];
    for (size_t i = 0; i < count; i++) {
        bool x = names[i][0] == 'x';
        members[i] = (cornu_archive_member){names[i], x ? b.bytes : y, x ? b.size : y_size};
    }
    assert_ok(cornu_archive_write_(path, members, count));
    cornu_free_(y);
    cornu_tensor_free(numbers);
}

START_TEST(reuters_is_shuffled_filtered_and_parted_as_in_keras) {
    write_archive("reuters.npz", (const char *const[]){"x.npy", "y.npy"}, 2);
    cornu_text_data data;
    /* RandomState(113).shuffle of three makes 2, 0, 1; int(3 * 0.8) of them are to train with */
    assert_ok(cornu_load_reuters(&data, .path = "reuters.npz"));
    ck_assert_uint_eq(cornu_sequences_count(data.x_train), 2);
    ck_assert_uint_eq(cornu_sequences_count(data.x_test), 1);
    double labels[] = {
        cornu_tensor_get(data.y_train, 0), cornu_tensor_get(data.y_train, 1),
        cornu_tensor_get(data.y_test, 0)};
    const int of_first[] = {1, 4, 5, 303}, of_last[] = {1, 2}; /* the largest is no common word */
    for (size_t i = 0; i < 3; i++) {
        const cornu_sequences *x = i < 2 ? data.x_train : data.x_test;
        size_t at = i < 2 ? i : 0;
        if (labels[i] == 0) assert_list(x, at, 4, of_first);
        if (labels[i] == 1) assert_list(x, at, 1, (int[]){1});
        if (labels[i] == 2) assert_list(x, at, 2, of_last);
    }
    ck_assert_double_eq(labels[0] + labels[1] + labels[2], 3);
    cornu_text_data_clear(&data);
    assert_ok(cornu_load_reuters(
        &data, .path = "reuters.npz", .start_char = CORNU_NONE, .index_from = 0, .num_words = 300,
        .skip_top = 2, .oov_char = CORNU_NONE, .test_split = 0, .maxlen = 4
    ));
    ck_assert_uint_eq(cornu_sequences_count(data.x_test), 0);
    for (size_t i = 0; i < 3; i++)
        if (cornu_tensor_get(data.y_train, (int64_t)i) == 0)
            assert_list(data.x_train, i, 1, (int[]){2}); /* 1 is skipped, 300 is rare */
    cornu_text_data_clear(&data);
    assert_fails(
        cornu_load_reuters(&data, .path = "reuters.npz", .maxlen = 1), CORNU_EINVAL, "maxlen 1"
    );
    ck_assert_ptr_null(data.x_train);
    assert_fails(cornu_load_imdb(&data, .path = "reuters.npz"), CORNU_EFORMAT, "x_train.npy");
}
END_TEST

START_TEST(imdb_is_shuffled_in_two_parts) {
    write_archive(
        "imdb.npz", (const char *const[]){"x_train.npy", "y_train.npy", "x_test.npy", "y_test.npy"},
        4
    );
    cornu_text_data data;
    assert_ok(cornu_load_imdb(&data, .path = "imdb.npz", .maxlen = 5));
    ck_assert_uint_eq(cornu_sequences_count(data.x_train), 3);
    ck_assert_uint_eq(cornu_sequences_count(data.x_test), 3);
    for (int64_t i = 0; i < 3; i++) { /* texts stay with their labels */
        const size_t lengths[] = {4, 1, 2};
        size_t length;
        (void)cornu_sequences_get(data.x_test, (size_t)i, &length);
        ck_assert_uint_eq(length, lengths[(int)cornu_tensor_get(data.y_test, i)]);
    }
    cornu_text_data_clear(&data);
    assert_fails(cornu_load_imdb(&data, .path = "none.npz"), CORNU_EIO, "none.npz");
    assert_fails(cornu_load_imdb(&data, .seed = -1), CORNU_EINVAL, "seed");
}
END_TEST

/* ---- rows ------------------------------------------------------------------------------------ */

START_TEST(sequences_become_rows) {
    const int32_t a[] = {1, 2, 3}, c[] = {4};
    cornu_sequences *lists =
        cornu_sequences_new((const int32_t *const[]){a, NULL, c}, (const size_t[]){3, 0, 1}, 3);
    assert_ok(lists);
    cornu_tensor *x = cornu_pad_sequences(lists);
    assert_shape(x, cornu_shape(3, 3));
    ck_assert_int_eq(cornu_tensor_dtype(x), CORNU_INT32);
    assert_values(x, 0, 1, 2, 3, 0, 0, 0, 0, 0, 4);
    cornu_tensor_free(x);
    x = cornu_pad_sequences(lists, .maxlen = 2, .padding = "post", .value = 9);
    assert_values(x, 0, 2, 3, 9, 9, 4, 9);
    cornu_tensor_free(x);
    x = cornu_pad_sequences(
        lists, .maxlen = 2, .truncating = "post", .dtype = CORNU_FLOAT32, .value = -0.5
    );
    assert_values(x, 0, 1, 2, -0.5, -0.5, -0.5, 4);
    cornu_tensor_free(x);
    assert_fails(cornu_pad_sequences(lists, .value = 0.5), CORNU_EINVAL, "0.5 is none of");
    assert_fails(cornu_pad_sequences(lists, .maxlen = 0), CORNU_EINVAL, "at least 1");
    assert_fails(cornu_pad_sequences(lists, .padding = "left"), CORNU_EINVAL, "\"left\"");
    cornu_sequences_free(lists);
}
END_TEST

START_TEST(labels_become_vectors) {
    const int32_t labels[] = {0, 2, 1};
    cornu_tensor *x = cornu_tensor_from(CORNU_INT32, cornu_shape(3, 1), labels);
    cornu_tensor *y = cornu_to_categorical(x, CORNU_NONE);
    assert_shape(y, cornu_shape(3, 3));
    assert_values(y, 0, 1, 0, 0, 0, 0, 1, 0, 1, 0);
    cornu_tensor_free(y);
    y = cornu_to_categorical(x, 4);
    assert_shape(y, cornu_shape(3, 4));
    cornu_tensor_free(y);
    assert_fails(cornu_to_categorical(x, 2), CORNU_EINVAL, "label 1 is 2");
    cornu_tensor_free(x);
}
END_TEST

CORNU_TESTS(texts) {
    TCase *tc = cornu_test_case(suite, "texts");
    tcase_add_test(tc, pickled_lists_are_read);
    tcase_add_test(tc, protocol_4_is_read);
    tcase_add_test(tc, nothing_in_a_pickle_is_run);
    tcase_add_test(tc, damaged_pickles_are_told);
    tcase_add_test(tc, reuters_is_shuffled_filtered_and_parted_as_in_keras);
    tcase_add_test(tc, imdb_is_shuffled_in_two_parts);
    tcase_add_test(tc, sequences_become_rows);
    tcase_add_test(tc, labels_become_vectors);
}

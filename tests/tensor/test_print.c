/* Tensors print as NumPy prints arrays: golden/print.txt, made by tools/golden_arrays.py. */
#include "support/support.h"

#include <cornu/tensor.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One line without its end, or NULL at the end of the file. */
static char *read_line(FILE *file, char **line, size_t *room) {
    ssize_t length = getline(line, room, file);
    if (length <= 0) return NULL;
    if ((*line)[length - 1] == '\n') (*line)[length - 1] = '\0';
    return *line;
}

/* "case float32 2,3 3f800000 ...": the tensor of it. */
static cornu_tensor *parse_case(char *line) {
    char *state = NULL;
    ck_assert_str_eq(strtok_r(line, " ", &state), "case");
    cornu_dtype dtype;
    assert_ok(cornu_dtype_from_name(strtok_r(NULL, " ", &state), &dtype));
    int64_t dims[CORNU_MAX_RANK];
    size_t rank = 0;
    for (char *at = strtok_r(NULL, " ", &state); *at != '\0' && *at != '-'; rank++) {
        dims[rank] = strtoll(at, &at, 10);
        if (*at == ',') at++;
    }
    cornu_tensor *tensor = cornu_tensor_new(dtype, cornu_shape_make(dims, rank));
    ck_assert_ptr_nonnull(tensor);
    char *data = cornu_tensor_data_mut(tensor);
    size_t size = cornu_dtype_size(dtype);
    for (int64_t i = 0; i < cornu_tensor_size(tensor); i++) {
        unsigned long long bits = strtoull(strtok_r(NULL, " ", &state), NULL, 16);
        memcpy(data + (size_t)i * size, &bits, size); /* little-endian */
    }
    return tensor;
}

START_TEST(arrays_print_as_numpy_prints_them) {
    FILE *file = fopen(CORNU_TESTS_DIR "/golden/print.txt", "r");
    ck_assert_ptr_nonnull(file);
    char *line = NULL, *expected = NULL;
    size_t room = 0, size = 0;
    int cases = 0;
    while (read_line(file, &line, &room)) {
        cornu_tensor *tensor = parse_case(line);
        ck_assert_ptr_nonnull(read_line(file, &line, &room));
        int lines = 0;
        ck_assert_int_eq(sscanf(line, "lines %d", &lines), 1);
        FILE *memory = open_memstream(&expected, &size);
        for (int i = 0; i < lines; i++) {
            ck_assert_ptr_nonnull(read_line(file, &line, &room));
            fprintf(memory, "%s%s", i ? "\n" : "", line);
        }
        fclose(memory);
        char *text = cornu_tensor_text(tensor);
        ck_assert_ptr_nonnull(text);
        ck_assert_msg(
            strcmp(text, expected) == 0, "case %d (%s):\n%s\ninstead of\n%s", cases,
            cornu_dtype_name(cornu_tensor_dtype(tensor)), text, expected
        );
        cornu_free(text);
        free(expected);
        cornu_tensor_free(tensor);
        cases++;
    }
    free(line);
    fclose(file);
    ck_assert_int_gt(cases, 200);
}
END_TEST

START_TEST(bfloat16_prints_the_fewest_digits_that_read_back) {
    cornu_tensor *tensor = cornu_tensor_new(CORNU_BFLOAT16, cornu_shape(3));
    uint16_t *data = cornu_tensor_data_mut(tensor);
    data[0] = 0x3dcd; /* 0.10009765625, the nearest to 0.1 */
    data[1] = 0x3f80;
    data[2] = 0xc0a0;
    char *text = cornu_tensor_text(tensor);
    ck_assert_str_eq(text, "[ 0.1  1.  -5. ]");
    cornu_free(text);
    cornu_tensor_free(tensor);
}
END_TEST

START_TEST(printing_writes_a_line_to_the_stream) {
    cornu_tensor *tensor = cornu_test_tensor(cornu_shape(2), (const float[]){1, 2.5f});
    char *written = NULL;
    size_t size = 0;
    FILE *memory = open_memstream(&written, &size);
    assert_ok(cornu_tensor_print(tensor, memory));
    fclose(memory);
    ck_assert_str_eq(written, "[1.  2.5]\n");
    free(written);
    FILE *full = fopen("/dev/full", "w");
    if (full) {
        setvbuf(full, NULL, _IONBF, 0);
        assert_fails(cornu_tensor_print(tensor, full), CORNU_EIO, "cannot be printed");
        fclose(full);
    }
    assert_fails(cornu_tensor_print(NULL, stdout), CORNU_EINVAL, "is NULL");
    cornu_tensor_free(tensor);
}
END_TEST

CORNU_TESTS(print) {
    TCase *tc = cornu_test_case(suite, "print");
    tcase_add_test(tc, arrays_print_as_numpy_prints_them);
    tcase_add_test(tc, bfloat16_prints_the_fewest_digits_that_read_back);
    tcase_add_test(tc, printing_writes_a_line_to_the_stream);
}

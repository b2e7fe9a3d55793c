/* CSV files, RFC 4180. */
#include "base/file.h"
#include "data/dataset.h"
#include "support/support.h"
#include <cornu/cornu.h>
#include <stdio.h>
#include <string.h>

static cornu_csv *table_of(const char *text) {
    assert_ok(cornu_file_write_("table.csv", text, strlen(text)));
    return cornu_load_csv("table.csv");
}

START_TEST(fields_may_be_quoted_and_hold_anything) {
    cornu_csv *table = table_of("\xEF\xBB\xBFname,\"a, b\"\r\n\"say \"\"hi\"\"\",\"two\nlines\"\r\n"
                                ",plain text \r\n\"\",x");
    assert_ok(table);
    ck_assert_int_eq(cornu_csv_rows(table), 3);
    ck_assert_uint_eq(cornu_csv_columns(table), 2);
    ck_assert_str_eq(cornu_csv_name(table, 0), "name");
    ck_assert_str_eq(cornu_csv_name(table, 1), "a, b");
    ck_assert_str_eq(cornu_csv_field(table, 0, 0), "say \"hi\"");
    ck_assert_str_eq(cornu_csv_field(table, 0, 1), "two\nlines");
    ck_assert_str_eq(cornu_csv_field(table, 1, 0), "");
    ck_assert_str_eq(cornu_csv_field(table, 1, 1), "plain text ");
    ck_assert_str_eq(cornu_csv_field(table, 2, 1), "x");
    assert_fails(cornu_csv_field(table, 3, 0), CORNU_EINVAL, "no field 3, 0");
    cornu_csv_free(table);
}
END_TEST

START_TEST(numbers_are_read_whatever_their_form_and_missing_ones_are_nan) {
    cornu_csv *table = table_of("a;b\n1;-2.5e1\n;.5\nNA; 7 \n");
    cornu_csv_free(table);
    table = cornu_load_csv("table.csv", .delimiter = ';');
    assert_ok(table);
    cornu_tensor *both = cornu_csv_numbers(table, (cornu_texts){0}, CORNU_FLOAT32);
    assert_shape(both, cornu_shape(3, 2));
    assert_values(both, 0, 1, -25, NAN, 0.5, NAN, 7);
    cornu_tensor_free(both);
    assert_fails(
        cornu_csv_numbers(table, cornu_texts("a"), CORNU_INT32), CORNU_EFORMAT,
        "row 2, column 'a': '' is no int32"
    );
    assert_fails(cornu_csv_numbers(table, cornu_texts("c"), CORNU_INT32), CORNU_EUNKNOWN, "'c'");
    cornu_csv_free(table);
    table = table_of("a\n0x10\n");
    assert_fails(
        cornu_csv_numbers(table, cornu_texts("a"), CORNU_FLOAT32), CORNU_EFORMAT, "is no number"
    );
    cornu_csv_free(table);
}
END_TEST

START_TEST(categories_are_places_in_the_sorted_list) {
    cornu_csv *table =
        table_of("kind\nb\na\n\nb\n\"\"\n"); /* of one column, empty lines are rows */
    assert_ok(table);
    cornu_tensor *places = cornu_csv_categories(table, "kind");
    assert_values(places, 0, 2, 1, 0, 2, 0);
    ck_assert_str_eq(cornu_csv_category(table, "kind", 0), "");
    ck_assert_str_eq(cornu_csv_category(table, "kind", 2), "b");
    ck_assert_ptr_null(cornu_csv_category(table, "kind", 3));
    cornu_tensor_free(places);
    cornu_csv_free(table);
}
END_TEST

START_TEST(damaged_tables_are_named_with_their_line) {
    assert_fails(table_of("a,b\n1,2\n1,2,3\n"), CORNU_EFORMAT, "line 3: 3 fields");
    assert_fails(table_of("a,b\n1,\"2\n"), CORNU_EFORMAT, "line 2: a quote is not closed");
    assert_fails(table_of("a,b\n\"1\"x,2\n"), CORNU_EFORMAT, "line 2: text behind");
    assert_fails(table_of(""), CORNU_EFORMAT, "has no line");
    assert_fails(table_of("a,a\n1,2\n"), CORNU_EFORMAT, "two columns are called 'a'");
    assert_fails(cornu_load_csv("nowhere.csv"), CORNU_EIO, "nowhere.csv");
    assert_ok(cornu_file_write_("table.csv", "a\0b\n", 4));
    assert_fails(cornu_load_csv("table.csv"), CORNU_EFORMAT, "byte 0");
}
END_TEST

START_TEST(a_table_becomes_a_dataset) {
    const char *text = "rooms,kind,price,weight\n3,flat,10,1\n5,house,20,2\n";
    assert_ok(cornu_file_write_("houses.csv", text, strlen(text)));
    cornu_dataset *made = cornu_dataset_from_csv(
        "houses.csv", .targets = cornu_texts("price", "kind"), .categorical = cornu_texts("kind"),
        .sample_weight = "weight"
    );
    assert_ok(made);
    ck_assert_int_eq(cornu_dataset_cardinality(made), 2);
    assert_shape(cornu_dataset_input(made, 0), cornu_shape(2, 1));
    assert_values(cornu_dataset_input(made, 0), 0, 3, 5);
    ck_assert_ptr_null(cornu_dataset_input(made, 1)); /* what is a target is no input */
    assert_values(cornu_dataset_target(made, 0), 0, 10, 20);
    assert_values(cornu_dataset_target(made, 1), 0, 0, 1);
    cornu_dataset_free(made);
    made = cornu_dataset_from_csv(
        "houses.csv", .targets = cornu_texts("price"), .categorical = cornu_texts("kind")
    );
    assert_values(cornu_dataset_input(made, 0), 0, 3, 1, 5, 2);
    assert_values(cornu_dataset_input(made, 1), 0, 0, 1);
    cornu_dataset_free(made);
    assert_fails(
        cornu_dataset_from_csv(
            "houses.csv", .targets = cornu_texts("prize"), .numeric = cornu_texts("rooms")
        ),
        CORNU_EUNKNOWN, "did you mean 'price'"
    );
    assert_fails(
        cornu_dataset_from_csv("houses.csv", .targets = cornu_texts("price")), CORNU_EFORMAT,
        "'flat' is no number"
    );
}
END_TEST

/* Any bytes are a table or one error. */
START_TEST(any_bytes_are_a_table_or_an_error) {
    uint64_t state = 1;
    static const char alphabet[] = "ab,\"\n\r;1.";
    for (int i = 0; i < 2000; i++) {
        char text[24];
        size_t length = 0;
        for (; length < sizeof text; length++) {
            state = state * 6364136223846793005u + 1442695040888963407u;
            text[length] = alphabet[(state >> 33) % (sizeof alphabet - 1)];
        }
        FILE *file = fopen("any.csv", "wb"); /* two thousand durable files would take minutes */
        ck_assert_uint_eq(fwrite(text, 1, length, file), length);
        fclose(file);
        cornu_csv *table = cornu_load_csv("any.csv", .header = i % 2 == 0);
        if (!table) {
            ck_assert_int_eq(cornu_error_status(), CORNU_EFORMAT);
            cornu_error_clear();
        }
        for (int64_t row = 0; table && row < cornu_csv_rows(table); row++)
            for (size_t column = 0; column < cornu_csv_columns(table); column++)
                ck_assert_ptr_nonnull(cornu_csv_field(table, row, column));
        cornu_csv_free(table);
    }
}
END_TEST

START_TEST(orders_are_those_of_numpy) {
    static const int64_t zero[] = {2, 8, 4, 9, 1, 6, 7, 3, 0, 5},
                         other[] = {8, 1, 5, 0, 7, 2, 9, 4, 3, 6};
    for (int i = 0; i < 2; i++) {
        int64_t order[10];
        for (int k = 0; k < 10; k++) order[k] = k;
        cornu_numpy_shuffle_(i ? 42 : 0, order, 10);
        ck_assert_int_eq(memcmp(order, i ? other : zero, sizeof order), 0);
    }
}
END_TEST

CORNU_TESTS(csv) {
    TCase *tc = cornu_test_case(suite, "csv");
    tcase_add_test(tc, fields_may_be_quoted_and_hold_anything);
    tcase_add_test(tc, numbers_are_read_whatever_their_form_and_missing_ones_are_nan);
    tcase_add_test(tc, categories_are_places_in_the_sorted_list);
    tcase_add_test(tc, damaged_tables_are_named_with_their_line);
    tcase_add_test(tc, a_table_becomes_a_dataset);
    tcase_add_test(tc, any_bytes_are_a_table_or_an_error);
    tcase_add_test(tc, orders_are_those_of_numpy);
}

/* Zip archives: what is written can be read, and what an archive says of itself is not trusted. */
#include "base/file.h"
#include "base/memory.h"
#include "save/archive.h"
#include "save/crc32.h"
#include "support/support.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zip.h>
#include <zlib.h>

static const char path[] = "archive.keras";

static void write_two(const char *text) {
    const cornu_archive_member members[] = {
        {"a.json", text, strlen(text)}, {"b.bin", "\0\1\2\3", 4}};
    assert_ok(cornu_archive_write_(path, members, 2));
}

START_TEST(members_come_back) {
    write_two("hello");
    cornu_archive *archive;
    char *data;
    size_t size;
    assert_ok(cornu_archive_open_(&archive, path));
    assert_ok(cornu_archive_read_(archive, "a.json", 100, &data, &size));
    ck_assert_str_eq(data, "hello");
    cornu_free_(data);
    assert_ok(cornu_archive_read_(archive, "b.bin", 100, &data, &size));
    ck_assert_uint_eq(size, 4);
    ck_assert_mem_eq(data, "\0\1\2\3", 4);
    cornu_free_(data);
    ck_assert(cornu_archive_has_(archive, "b.bin") && !cornu_archive_has_(archive, "c"));
    assert_fails(cornu_archive_read_(archive, "c", 100, &data, &size), CORNU_EFORMAT, "has no 'c'");
    assert_fails(
        cornu_archive_read_(archive, "a.json", 4, &data, &size), CORNU_EFORMAT, "more than the 4"
    );
    cornu_archive_close_(archive);
}
END_TEST

START_TEST(the_checksum_is_that_of_zlib_for_every_size_and_start) {
    uint8_t bytes[700];
    for (size_t i = 0; i < sizeof bytes; i++) bytes[i] = (uint8_t)(i * i * 31 >> 3);
    for (size_t first = 0; first < 20; first++) {
        for (size_t size = 0; size + first <= sizeof bytes; size++) {
            uint32_t begun = cornu_crc32_(0, bytes, first);
            uLong expected = crc32(crc32(0, bytes, (uInt)first), bytes + first, (uInt)size);
            ck_assert_uint_eq(cornu_crc32_(begun, bytes + first, size), expected);
        }
    }
}
END_TEST

/* Pieces of 300,000 bytes, in the order that `order` says; what is not named nobody reads. */
static cornu_status settled(cornu_input *input, uint32_t sum, const char *order) {
    const size_t piece = 300000;
    char *data = cornu_alloc_(piece);
    ck_assert_ptr_nonnull(data);
    cornu_checksum *checksum = cornu_checksum_new_(input, sum, "weights");
    ck_assert_ptr_nonnull(checksum);
    for (; *order; order++)
        assert_ok(cornu_input_read_(input, (uint64_t)(*order - '0') * piece, data, piece));
    cornu_status status = cornu_checksum_settle_(checksum);
    cornu_checksum_free_(checksum);
    cornu_free_(data);
    return status;
}

START_TEST(a_checksum_adds_up_from_pieces_in_any_order) {
    static const char *const orders[] = {"", "0123", "3120", "2", "13", "0011223300", "321"};
    const size_t size = 1300007;
    uint8_t *bytes = cornu_alloc_(size);
    ck_assert_ptr_nonnull(bytes);
    for (size_t i = 0; i < size; i++) bytes[i] = (uint8_t)(i * i * 31 >> 7);
    cornu_input *input = NULL;
    assert_ok(cornu_input_scratch_(&input, "bytes"));
    assert_ok(cornu_input_append_(input, bytes, size));
    uint32_t sum = (uint32_t)crc32_z(0, bytes, size);
    for (size_t i = 0; i < sizeof orders / sizeof orders[0]; i++) {
        assert_ok(settled(input, sum, orders[i]));
        assert_fails(settled(input, sum ^ 1, orders[i]), CORNU_EFORMAT, "'weights' in the archive");
    }
    cornu_input_close_(input);
    cornu_free_(bytes);
}
END_TEST

START_TEST(the_same_members_give_the_same_bytes) {
    char *first, *second;
    size_t first_size, second_size;
    write_two("hello");
    assert_ok(cornu_file_read_(path, 0, &first, &first_size));
    write_two("hello");
    assert_ok(cornu_file_read_(path, 0, &second, &second_size));
    ck_assert_uint_eq(first_size, second_size);
    ck_assert_mem_eq(first, second, first_size);
    cornu_free_(first);
    cornu_free_(second);
}
END_TEST

START_TEST(a_missing_file_is_told_by_name_and_reason) {
    cornu_archive *archive;
    assert_fails(cornu_archive_open_(&archive, "nowhere/x.keras"), CORNU_EIO, "'nowhere/x.keras'");
    assert_fails(cornu_archive_open_(&archive, "nowhere/x.keras"), CORNU_EIO, "No such file");
}
END_TEST

START_TEST(an_archive_cut_anywhere_is_refused) {
    char *data;
    size_t size;
    write_two("hello, this is text");
    assert_ok(cornu_file_read_(path, 0, &data, &size));
    for (size_t length = 0; length < size; length += 7) {
        cornu_archive *archive;
        assert_ok(cornu_file_write_("cut.keras", data, length));
        assert_fails(cornu_archive_open_(&archive, "cut.keras"), CORNU_EFORMAT, "cut.keras");
    }
    cornu_free_(data);
}
END_TEST

START_TEST(a_changed_byte_is_found_by_the_checksum) {
    char *data, *member;
    size_t size, member_size;
    cornu_archive *archive;
    write_two("hello");
    assert_ok(cornu_file_read_(path, 0, &data, &size));
    for (size_t i = 0; i + 5 < size; i++) {
        if (memcmp(data + i, "hello", 5) == 0) data[i] = 'H';
    }
    assert_ok(cornu_file_write_(path, data, size));
    assert_ok(cornu_archive_open_(&archive, path));
    assert_fails(
        cornu_archive_read_(archive, "a.json", 100, &member, &member_size), CORNU_EFORMAT, "damaged"
    );
    cornu_archive_close_(archive);
    cornu_free_(data);
}
END_TEST

/* One deflated member of `size` zeros. */
static void write_zeros(size_t size) {
    int error;
    char *zeros = cornu_alloc_(size);
    (void)unlink(path);
    zip_t *zip = zip_open(path, ZIP_CREATE | ZIP_EXCL, &error);
    zip_source_t *source = zip_source_buffer(zip, zeros, size, 0);
    zip_int64_t index = zip_file_add(zip, "zeros", source, 0);
    ck_assert(index >= 0);
    ck_assert_int_eq(zip_set_file_compression(zip, (zip_uint64_t)index, ZIP_CM_DEFLATE, 9), 0);
    ck_assert_int_eq(zip_close(zip), 0);
    cornu_free_(zeros);
}

START_TEST(deflated_members_can_be_read_unless_they_explode) {
    cornu_archive *archive;
    char *data;
    size_t size;
    write_zeros(1 << 20);
    assert_ok(cornu_archive_open_(&archive, path));
    assert_ok(cornu_archive_read_(archive, "zeros", SIZE_MAX, &data, &size));
    ck_assert_uint_eq(size, 1 << 20);
    cornu_free_(data);
    cornu_archive_close_(archive);

    write_zeros((1 << 26) + 1);
    assert_ok(cornu_archive_open_(&archive, path));
    assert_fails(
        cornu_archive_read_(archive, "zeros", SIZE_MAX, &data, &size), CORNU_EFORMAT,
        "claims to unpack"
    );
    cornu_archive_close_(archive);
}
END_TEST

START_TEST(a_write_that_fails_leaves_the_old_file) {
    char *data;
    size_t size;
    write_two("old");
    /* a folder where the new file should go, and a folder that cannot be written to */
    const cornu_archive_member member = {"a.json", "new", 3};
    assert_fails(cornu_archive_write_("nowhere/x.keras", &member, 1), CORNU_EIO, "nowhere");
    (void)mkdir("folder.keras", 0755);
    assert_fails(cornu_archive_write_("folder.keras", &member, 1), CORNU_EIO, "folder.keras");
    cornu_archive *archive;
    assert_ok(cornu_archive_open_(&archive, path));
    assert_ok(cornu_archive_read_(archive, "a.json", 100, &data, &size));
    ck_assert_str_eq(data, "old");
    cornu_free_(data);
    cornu_archive_close_(archive);
}
END_TEST

CORNU_TESTS(archive) {
    TCase *tc = cornu_test_case(suite, "archive");
    tcase_add_test(tc, members_come_back);
    tcase_add_test(tc, the_checksum_is_that_of_zlib_for_every_size_and_start);
    tcase_add_test(tc, a_checksum_adds_up_from_pieces_in_any_order);
    tcase_add_test(tc, the_same_members_give_the_same_bytes);
    tcase_add_test(tc, a_missing_file_is_told_by_name_and_reason);
    tcase_add_test(tc, an_archive_cut_anywhere_is_refused);
    tcase_add_test(tc, a_changed_byte_is_found_by_the_checksum);
    tcase_add_test(tc, deflated_members_can_be_read_unless_they_explode);
    tcase_add_test(tc, a_write_that_fails_leaves_the_old_file);
}

/* .npz files: what is written can be read back, member by member. */
#include "base/memory.h"
#include "save/archive.h"
#include "support/support.h"
#include "tensor/npy.h"

#include <cornu/save.h>

START_TEST(members_are_npy_files_of_their_names) {
    cornu_tensor *a = cornu_test_tensor(cornu_shape(2, 2), (const float[]){1, 2, 3, 4});
    cornu_tensor *b = cornu_tensor_new(CORNU_INT32, cornu_shape(0, 3));
    const char *const names[] = {"layers/dense/vars/0", "b"};
    assert_ok(cornu_save_npz("two.npz", names, (cornu_tensor *const[]){a, b}, 2));
    cornu_archive *archive = NULL;
    assert_ok(cornu_archive_open_(&archive, "two.npz"));
    static const char *const members[] = {"layers/dense/vars/0.npy", "b.npy"};
    cornu_tensor *const expected[] = {a, b};
    for (size_t i = 0; i < 2; i++) {
        char *bytes = NULL;
        size_t size = 0;
        assert_ok(cornu_archive_read_(archive, members[i], 1 << 20, &bytes, &size));
        cornu_tensor *got = cornu_npy_from_memory_(bytes, size, members[i]);
        ck_assert(cornu_tensor_equal(got, expected[i]));
        cornu_tensor_free(got);
        cornu_free_(bytes);
    }
    cornu_archive_close_(archive);
    cornu_tensor_free(a);
    cornu_tensor_free(b);
}
END_TEST

START_TEST(names_must_differ_and_say_something) {
    cornu_tensor *a = cornu_test_tensor(cornu_shape(1), (const float[]){1});
    cornu_tensor *const both[] = {a, a};
    assert_fails(
        cornu_save_npz("bad.npz", (const char *const[]){"a", "a"}, both, 2), CORNU_EINVAL,
        "two arrays are called 'a'"
    );
    assert_fails(
        cornu_save_npz("bad.npz", (const char *const[]){"a", ""}, both, 2), CORNU_EINVAL,
        "array 1 has no name"
    );
    assert_fails(
        cornu_save_npz("nowhere/a.npz", (const char *const[]){"a", "b"}, both, 2), CORNU_EIO,
        "nowhere/a.npz"
    );
    cornu_tensor_free(a);
}
END_TEST

CORNU_TESTS(npz) {
    TCase *tc = cornu_test_case(suite, "npz");
    tcase_add_test(tc, members_are_npy_files_of_their_names);
    tcase_add_test(tc, names_must_differ_and_say_something);
}

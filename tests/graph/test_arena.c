/* Buffers in the arena: never two in one place at one time, and never more room than all of them
 * side by side. */
#include "graph/plan.h"
#include "support/support.h"

enum { MOST = 120, ALIGNMENT = 64 };

static uint32_t next(uint32_t *state) {
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

static size_t aligned(size_t size) { return (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT; }

static bool meet(const cornu_lifetime *a, const cornu_lifetime *b) {
    return a->first <= b->last && b->first <= a->last;
}

static bool overlap(const cornu_lifetime *a, const cornu_lifetime *b) {
    return a->size > 0 && b->size > 0 && a->offset < b->offset + b->size &&
           b->offset < a->offset + a->size;
}

/* The most that lives at one time: no arena is smaller. */
static size_t most_at_once(const cornu_lifetime *all, size_t count, size_t steps) {
    size_t most = 0;
    for (size_t s = 0; s < steps; s++) {
        size_t now = 0;
        for (size_t i = 0; i < count; i++)
            now += all[i].first <= s && s <= all[i].last ? aligned(all[i].size) : 0;
        if (now > most) most = now;
    }
    return most;
}

START_TEST(buffers_that_live_together_do_not_overlap) {
    for (uint32_t seed = 0; seed < 300; seed++) {
        cornu_lifetime all[MOST];
        uint32_t state = seed;
        size_t count = next(&state) % (MOST + 1), steps = 1 + next(&state) % 60, sum = 0, size = 1;
        for (size_t i = 0; i < count; i++) {
            size_t first = next(&state) % steps,
                   length = next(&state) % (seed % 3 == 0 ? steps : 4);
            all[i] = (cornu_lifetime
            ){.size = next(&state) % 5000,
              .first = first,
              .last = next(&state) % 9 == 0 ? SIZE_MAX : first + length};
            sum += aligned(all[i].size);
        }
        assert_ok(cornu_arena_place_(all, count, &size));
        for (size_t i = 0; i < count; i++) {
            ck_assert_uint_eq(all[i].offset % ALIGNMENT, 0);
            ck_assert_uint_le(all[i].offset + all[i].size, size);
            for (size_t j = 0; j < i; j++)
                ck_assert_msg(
                    !meet(&all[i], &all[j]) || !overlap(&all[i], &all[j]), "%zu and %zu of seed %u",
                    i, j, seed
                );
        }
        ck_assert_uint_le(size, sum);
        ck_assert_uint_ge(size, most_at_once(all, count, steps));
    }
}
END_TEST

START_TEST(buffers_one_after_the_other_share_one_place) {
    cornu_lifetime chain[10];
    size_t size;
    for (size_t i = 0; i < 10; i++)
        chain[i] = (cornu_lifetime){.size = 1000, .first = i, .last = i + 1};
    assert_ok(cornu_arena_place_(chain, 10, &size));
    ck_assert_uint_eq(size, 2 * aligned(1000));
}
END_TEST

START_TEST(an_empty_arena_is_empty) {
    size_t size = 5;
    assert_ok(cornu_arena_place_(NULL, 0, &size));
    ck_assert_uint_eq(size, 0);
}
END_TEST

CORNU_TESTS(arena) {
    TCase *tc = cornu_test_case(suite, "arena");
    tcase_add_test(tc, buffers_that_live_together_do_not_overlap);
    tcase_add_test(tc, buffers_one_after_the_other_share_one_place);
    tcase_add_test(tc, an_empty_arena_is_empty);
}

/* The stack of scopes of a thread. The outermost scope, the root, is made when it is first needed
 * and freed when the thread ends: by a key's destructor in threads that end, by atexit in the
 * thread that ends the program. */
#include "base/memory.h"
#include "base/object.h"

#include <cornu/scope.h>
#include <pthread.h>
#include <stdlib.h>

struct cornu_scope {
    cornu_scope *outer;
    void **items;
    size_t count, capacity;
};

typedef struct scope_stack {
    cornu_scope root;
    cornu_scope *inner;
    cornu_scope
        *spare; /* ended scopes with their arrays: a scope per batch then allocates nothing */
} scope_stack;

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t key;
static bool key_made;
static _Thread_local scope_stack *stack;

/* Latest first: what was made from something goes before it. Destructors may use scopes, so the
 * array is re-read. */
static void scope_empty(cornu_scope *scope) {
    while (scope->count) cornu_object_release_(scope->items[--scope->count]);
}

static void scope_free(cornu_scope *scope) {
    while (scope) {
        cornu_scope *outer = scope->outer;
        cornu_free_(scope->items);
        cornu_free_(scope);
        scope = outer;
    }
}

static void end_inner(void) {
    cornu_scope *scope = stack->inner;
    stack->inner = scope->outer;
    scope_empty(scope);
    scope->outer = stack->spare;
    stack->spare = scope;
}

static void stack_free(void *unused) {
    (void)unused;
    if (!stack) return;
    while (stack->inner != &stack->root) end_inner();
    scope_empty(&stack->root);
    scope_free(stack->spare);
    cornu_free_(stack->root.items);
    cornu_free_(stack);
    stack = NULL;
    if (key_made) (void)pthread_setspecific(key, NULL);
}

static void stack_free_at_exit(void) { stack_free(NULL); }

static void prepare(void) {
    key_made = pthread_key_create(&key, stack_free) == 0;
    (void)atexit(stack_free_at_exit);
}

static scope_stack *stack_here(void) {
    if (stack) return stack;
    (void)pthread_once(&once, prepare);
    stack = cornu_alloc_(sizeof *stack);
    if (!stack) return NULL;
    stack->inner = &stack->root;
    /* Should this fail, the root is freed with the program's memory. */
    if (key_made) (void)pthread_setspecific(key, stack);
    return stack;
}

static bool add(cornu_scope *scope, void *object) {
    if (CORNU_RESERVE_(scope->items, scope->capacity, scope->count + 1) != CORNU_OK) return false;
    scope->items[scope->count++] = object;
    return true;
}

void *cornu_scope_add_(void *object) {
    if (!object) return NULL;
    if (!stack_here() || !add(stack->inner, object)) {
        cornu_object_release_(object);
        return NULL;
    }
    return object;
}

void *cornu_scope_keep_(void *object) {
    if (!object || !stack || !stack->inner->outer) return object;
    cornu_scope *scope = stack->inner;
    for (size_t i = scope->count; i-- > 0;) {
        if (scope->items[i] != object) continue;
        if (!add(scope->outer, object)) return NULL; /* it stays where it was */
        scope->count--;
        for (; i < scope->count; i++) scope->items[i] = scope->items[i + 1];
        return object;
    }
    return object; /* owned further out already, or by the caller */
}

cornu_scope *cornu_scope_begin(void) {
    if (!stack_here()) return NULL;
    cornu_scope *scope = stack->spare;
    if (scope) {
        stack->spare = scope->outer;
    } else {
        scope = cornu_alloc_(sizeof *scope);
        if (!scope) return NULL;
    }
    scope->outer = stack->inner;
    stack->inner = scope;
    return scope;
}

void cornu_scope_end(cornu_scope *scope) {
    if (!scope || !stack) return;
    cornu_scope *open = stack->inner;
    while (open && open != scope) open = open->outer;
    if (!open || open == &stack->root) return; /* ended before, with a scope around it */
    bool last;
    do {
        last = stack->inner == scope;
        end_inner();
    } while (!last);
}

void cornu_scope_cleanup_(cornu_scope **scope) {
    cornu_scope_end(*scope);
    *scope = NULL;
}

cornu_tensor *cornu_scope_own(cornu_tensor *tensor) { return cornu_scope_add_(tensor); }

cornu_tensor *cornu_keep(cornu_tensor *tensor) {
    if (!tensor) (void)cornu_error_null("cornu_keep: tensor");
    return cornu_scope_keep_(tensor);
}

/* Class names as they appear in weights files and automatic names. Keras:
 * keras/src/utils/naming.py. */
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "nn/class.h"

char *cornu_snake_case_(const char *class_name) {
    if (class_name == NULL) return (void)cornu_error_null("class name"), NULL;
    /* Keras exports the class GroupedQueryAttention under this name */
    if (strcmp(class_name, "GroupQueryAttention") == 0) class_name = "GroupedQueryAttention";
    const char *mark = strchr(class_name, '>'); /* "Package>Name" is called name */
    if (mark != NULL) class_name = mark + 1;
    size_t size = 2 * strlen(class_name) + 1; /* at most one underscore before each character */
    char *snake = cornu_alloc_(size);
    return snake != NULL ? cornu_to_snake_case_(class_name, snake, size) : NULL;
}

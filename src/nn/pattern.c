/* Regular expressions for classes of one's own, which see public headers only. */
#include "base/pattern.h"
#include <cornu/extend.h>

cornu_status cornu_pattern_search(const char *pattern, const char *text, bool *matches) {
    return cornu_pattern_match_(pattern, text, false, matches);
}

cornu_status cornu_pattern_fullmatch(const char *pattern, const char *text, bool *matches) {
    return cornu_pattern_match_(pattern, text, true, matches);
}

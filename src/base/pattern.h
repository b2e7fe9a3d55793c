/* Regular expressions as Python writes them, as far as names are matched with them. */
#ifndef CORNU_BASE_PATTERN_H
#define CORNU_BASE_PATTERN_H

#include <cornu/base.h>
#include <cornu/error.h>

/* Whether `pattern` fits somewhere in the text (Python: re.search), or the text as a whole
 * (re.fullmatch). Known are . * + ? {m,n} | ( ) (?: ) [ ] ^ $ \d \w \s and their opposites, \b, and
 * escaped characters. CORNU_EINVAL for what is no pattern; CORNU_EUNSUPPORTED for Python's
 * extensions, which begin with "(?", and for references to groups. */
cornu_status
cornu_pattern_match_(const char *pattern, const char *text, bool whole, bool *matches);

#endif

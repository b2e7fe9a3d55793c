/* Weights in several files, none larger than asked for. */
#ifndef CORNU_SAVE_SHARDS_H
#define CORNU_SAVE_SHARDS_H

#include "save/weights.h"

/* Whether a path ends as the map of shards does, ".weights.json". */
bool cornu_is_shard_map_(const char *path);
/* All shards of a map as one file; *new*. CORNU_EIO, CORNU_EFORMAT. */
cornu_status cornu_shards_open_(cornu_h5 **file, const char *path, bool trusted);
/* Each file is whole at any moment, but together they are only when the map, which comes last, is
 * there. CORNU_EINVAL names a variable that is larger than `limit` bytes. */
cornu_status cornu_shards_write_(const cornu_saved_tree *tree, const char *path, double limit);

#endif

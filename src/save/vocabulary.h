/* Vocabularies of layers in .keras archives: "assets/<path>/vocabulary.txt", a term on each line,
 * and the weights of their terms, "<path>/vars/idf_weights" of the weights file.
 * keras/src/layers/preprocessing/index_lookup.py: save_assets, load_assets, save_own_variables */
#ifndef CORNU_SAVE_VOCABULARY_H
#define CORNU_SAVE_VOCABULARY_H

#include "save/archive.h"
#include "save/weights.h"

/* Files that are made for an archive: names and contents are theirs. Zero-initialise it. */
typedef struct cornu_assets {
    cornu_archive_member *items;
    size_t count, capacity;
} cornu_assets;

/* Adds the vocabularies of the model's layers, apart from those in configs. Free it also after a
 * failure. */
cornu_status cornu_assets_make_(cornu_assets *assets, cornu_model *model);
void cornu_assets_free_(cornu_assets *assets);

/* Reads them back. Without an archive only the weights of the terms are read, for the vocabularies
 * that the layers have. */
cornu_status cornu_vocabularies_read_(
    cornu_model *model, cornu_archive *archive, cornu_h5 *file
);
/* Writes the weights of the terms of a layer into its group, "layers/text_vectorization/vars". */
cornu_status cornu_idf_weights_write_(cornu_h5 *file, const char *group, const cornu_layer *layer);

#endif

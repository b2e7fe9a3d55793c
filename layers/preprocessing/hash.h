/* Hashes of byte strings that are the same everywhere and for ever, as TensorFlow computes them for
 * Keras' layers. */
#ifndef CORNU_LAYERS_PREPROCESSING_HASH_H
#define CORNU_LAYERS_PREPROCESSING_HASH_H

#include <cornu/layers/preprocessing.h>

/* FarmHash's Fingerprint64. */
uint64_t cornu_fingerprint_(cornu_bytes bytes);
/* SipHash-2-4 under a key of two words. */
uint64_t cornu_siphash_(cornu_bytes bytes, const uint64_t key[2]);
/* One fingerprint of two (tsl/platform/fingerprint.h, FingerprintCat64). */
uint64_t cornu_fingerprint_join_(uint64_t first, uint64_t second);

/* How strings are put into buckets: by SipHash under a salt, or without one by FarmHash. */
typedef struct cornu_hasher {
    bool salted;
    uint64_t salt[2];
} cornu_hasher;
/* From the argument `salt`: none, one number that stands for both, or two. */
cornu_status cornu_hasher_make_(cornu_ints salt, cornu_hasher *hasher);
int64_t cornu_hasher_bucket_(const cornu_hasher *hasher, cornu_bytes bytes, int64_t buckets);
/* The decimal text of a number, which is what is hashed of it. */
cornu_bytes cornu_decimal_(int64_t number, char text[24]);
/* Writes the salt, both numbers, into a config. */
cornu_status cornu_hasher_get_config_(const cornu_hasher *hasher, cornu_config *config);

#endif

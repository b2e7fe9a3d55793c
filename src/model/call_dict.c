/* Calls that Keras makes with a dict, mix_up({"images": x, "labels": y}), and that here have the
 * images as input and the labels by name. The results stand in the order of the keys in both.
 * Keras: keras/src/layers/preprocessing/image_preprocessing/base_image_preprocessing_layer.py */
#include <string.h>

#include "model/graph.h"

/* Layers that do something with labels. */
static bool takes_labels(const cornu_layer *layer) {
    return strcmp(layer->cls->name, "MixUp") == 0 || strcmp(layer->cls->name, "CutMix") == 0;
}

static cJSON *dict_in(const cornu_layer *layer, const cJSON *args) {
    cJSON *first = cJSON_GetArrayItem(args, 0);
    bool dict = cJSON_IsObject(first) && !cornu_is_tensor_config_(first);
    return dict && !cornu_layer_is_model_(layer) && !cornu_is_operation_(layer) ? first : NULL;
}

cornu_status cornu_call_from_dict_(const cornu_layer *layer, cJSON *args, cJSON *kwargs) {
    cJSON *dict = dict_in(layer, args);
    if (dict == NULL) return CORNU_OK;
    if (!takes_labels(layer)) CORNU_FAIL(CORNU_EUNSUPPORTED, "it is called with a dict of tensors");
    for (const cJSON *item = dict->child; item != NULL; item = item->next)
        if (strcmp(item->string, "images") != 0 && strcmp(item->string, "labels") != 0)
            CORNU_FAIL(
                CORNU_EUNSUPPORTED, "it is called with '%.100s'; it changes images and labels",
                item->string
            );
    cJSON *images = cJSON_DetachItemFromObjectCaseSensitive(dict, "images");
    cJSON *labels = cJSON_DetachItemFromObjectCaseSensitive(dict, "labels");
    cornu_status status = labels != NULL ? cornu_json_put_(kwargs, "labels", labels) : CORNU_OK;
    if (status != CORNU_OK) return cJSON_Delete(images), status;
    if (images == NULL) CORNU_FAIL(CORNU_EFORMAT, "it is called with a dict without 'images'");
    if (!cJSON_ReplaceItemInArray(args, 0, images))
        CORNU_FAIL(CORNU_ENOMEM, "out of memory for the arguments of a call");
    return CORNU_OK;
}

cornu_status cornu_call_to_dict_(const cornu_layer *layer, cJSON *call) {
    cJSON *args = cJSON_GetObjectItemCaseSensitive(call, "args");
    cJSON *kwargs = cJSON_GetObjectItemCaseSensitive(call, "kwargs");
    if (!takes_labels(layer) || !cJSON_HasObjectItem(kwargs, "labels")) return CORNU_OK;
    cJSON *dict = cJSON_CreateObject();
    if (dict == NULL) CORNU_FAIL(CORNU_ENOMEM, "out of memory for the config");
    cJSON *labels = cJSON_DetachItemFromObjectCaseSensitive(kwargs, "labels");
    cornu_status status = cornu_json_put_(dict, "images", cJSON_DetachItemFromArray(args, 0));
    if (status == CORNU_OK) status = cornu_json_put_(dict, "labels", labels);
    else cJSON_Delete(labels);
    if (status == CORNU_OK) return cornu_json_put_(args, NULL, dict);
    cJSON_Delete(dict);
    return status;
}

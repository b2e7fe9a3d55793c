/* A listing of an HDF5 file by libhdf5 itself. */
#include "support/hdf5_listing.h"

#include <hdf5.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void write_type(FILE *out, hid_t type) {
    fprintf(out, " type %d size %zu", (int)H5Tget_class(type), H5Tget_size(type));
    fprintf(out, " order %d", (int)H5Tget_order(type));
    if (H5Tget_class(type) == H5T_STRING) {
        fprintf(out, " variable %d", H5Tis_variable_str(type) > 0);
        fprintf(out, " charset %d", (int)H5Tget_cset(type));
    }
}

static void write_space(FILE *out, hid_t space) {
    hsize_t dims[H5S_MAX_RANK];
    int rank = H5Sget_simple_extent_dims(space, dims, NULL);
    fprintf(out, " space %d (", (int)H5Sget_simple_extent_type(space));
    for (int i = 0; i < rank; i++) fprintf(out, "%llu,", (unsigned long long)dims[i]);
    fputs(")", out);
}

static herr_t write_attribute(hid_t object, const char *name, const H5A_info_t *info, void *user) {
    FILE *out = user;
    (void)info;
    hid_t attribute = H5Aopen(object, name, H5P_DEFAULT);
    hid_t type = H5Aget_type(attribute), space = H5Aget_space(attribute);
    fprintf(out, " [%s", name);
    write_type(out, type);
    write_space(out, space);
    hssize_t count = H5Sget_simple_extent_npoints(space);
    char **texts = calloc(count > 0 ? (size_t)count : 1, sizeof *texts);
    if (texts && H5Tis_variable_str(type) > 0 && H5Aread(attribute, type, texts) >= 0) {
        for (hssize_t i = 0; i < count; i++) fprintf(out, " \"%s\"", texts[i]);
        H5Dvlen_reclaim(type, space, H5P_DEFAULT, texts);
    }
    free(texts);
    fputs("]", out);
    H5Sclose(space);
    H5Tclose(type);
    H5Aclose(attribute);
    return 0;
}

static void write_dataset(FILE *out, hid_t dataset) {
    hid_t type = H5Dget_type(dataset), space = H5Dget_space(dataset);
    hid_t properties = H5Dget_create_plist(dataset);
    hbool_t times = 1;
    H5Pget_obj_track_times(properties, &times);
    write_type(out, type);
    write_space(out, space);
    fprintf(out, " layout %d", (int)H5Pget_layout(properties));
    fprintf(out, " filters %d times %d", H5Pget_nfilters(properties), (int)times);
    H5Pclose(properties);
    H5Sclose(space);
    H5Tclose(type);
}

static herr_t write_object(hid_t root, const char *name, const H5O_info_t *info, void *user) {
    FILE *out = user;
    hid_t object = H5Oopen(root, name, H5P_DEFAULT);
    fprintf(out, "%s %s", info->type == H5O_TYPE_GROUP ? "group" : "dataset", name);
    if (info->type == H5O_TYPE_DATASET) write_dataset(out, object);
    H5Aiterate2(object, H5_INDEX_NAME, H5_ITER_INC, NULL, write_attribute, out);
    fputs("\n", out);
    H5Oclose(object);
    return 0;
}

char *cornu_test_h5_listing(const char *path) {
    hid_t file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
    if (file < 0) return NULL;
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    H5F_info2_t info;
    H5Fget_info2(file, &info);
    fprintf(out, "superblock %u\n", info.super.version);
    H5Ovisit(file, H5_INDEX_NAME, H5_ITER_INC, write_object, out);
    H5Fclose(file);
    fclose(out);
    return text;
}

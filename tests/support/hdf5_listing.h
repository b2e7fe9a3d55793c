/* HDF5 files as text, so that two of them can be compared but for their values. */
#ifndef CORNU_TESTS_HDF5_LISTING_H
#define CORNU_TESTS_HDF5_LISTING_H

/* The superblock's version, then a line for each object with its path, attributes, shape, type and
 * layout. Memory of malloc; NULL if the file cannot be read. */
char *cornu_test_h5_listing(const char *path);

#endif

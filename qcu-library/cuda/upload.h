/* SPDX-License-Identifier: MIT */
/* upload.h - module images on their way to the host, without a region of their own */
#ifndef QCU_LIBRARY_UPLOAD_H
#define QCU_LIBRARY_UPLOAD_H

#include "qcu-library/cuda/image.h"

/** upload_allowed() - does the host take images piece by piece? */
bool upload_allowed(void);

/**
 * upload() - send an image that has been laid out
 *
 * On success image->wire names it for one call that loads it; else, or without that call,
 * upload_drop() is due.
 */
CUresult upload(struct image *image);

/** upload_drop() - no call has come to load it */
void upload_drop(const struct image *image);

#endif

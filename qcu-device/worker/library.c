/* SPDX-License-Identifier: MIT */
/*
 * library.c - loading libraries
 *
 * Faces qcu-library/cuda/library.c.  The driver need not copy the image
 * (CU_LIBRARY_BINARY_IS_PRESERVED, as the runtime has it with a program's own), for this
 * copy stays until the library is unloaded.  That of a large image becomes a file which all
 * workers that loaded it map (keep.c).  Results travel as those of modules do (module.c).
 */
#include <pthread.h>
#include <search.h>
#include <stdlib.h>

#include "qcu-device/worker/body.h"
#include "qcu-device/worker/image.h"
#include "qcu-device/worker/jit.h"

struct preserved {
	CUlibrary library;
	struct image image;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;	/* guards the tree */
static void *tree;						/* of struct preserved */

static int compare(const void *pa, const void *pb)
{
	const struct preserved *a = pa, *b = pb;

	return a->library < b->library ? -1 : a->library > b->library;
}

/* Not to be put yet: the driver still has it.  NULL: there is none. */
static struct preserved *preserved_take(CUlibrary library)
{
	const struct preserved key = { .library = library };
	struct preserved **node, *preserved = NULL;

	pthread_mutex_lock(&lock);
	node = tfind(&key, &tree, compare);
	if (node) {
		preserved = *node;
		tdelete(&key, &tree, compare);
	}
	pthread_mutex_unlock(&lock);
	return preserved;
}

/* false without memory */
static bool preserved_give(struct preserved *preserved)
{
	void *node;

	pthread_mutex_lock(&lock);
	node = tsearch(preserved, &tree, compare);
	pthread_mutex_unlock(&lock);
	return node;
}

static void preserved_put(struct preserved *preserved)
{
	if (!preserved)
		return;
	image_put(&preserved->image);
	free(preserved);
}

/* Keep what the driver has made a library of until that is unloaded; false without memory */
static bool preserve(CUlibrary library, const struct image *image)
{
	struct preserved *preserved = malloc(sizeof(*preserved));

	if (!preserved)
		return false;
	*preserved = (struct preserved){ library, *image };
	/* What the driver has given up itself, with a context, may have had this name. */
	preserved_put(preserved_take(library));
	if (preserved_give(preserved))
		return true;
	free(preserved);
	return false;
}

/* Load an image, which is the callee's now */
static CUresult load(CUlibrary *library, struct image *image, struct jit *jit)
{
	CUlibraryOption option = CU_LIBRARY_BINARY_IS_PRESERVED;
	void *yes = (void *)1;
	CUresult rc = driver.cuLibraryLoadData(library, image->data, jit->options, jit->values,
					       jit->n, &option, &yes, 1);

	image_loaded(image, rc);
	if (rc == CUDA_SUCCESS) {
		if (preserve(*library, image))
			return CUDA_SUCCESS;
		driver.cuLibraryUnload(*library);
		rc = CUDA_ERROR_OUT_OF_MEMORY;
	}
	image_put(image);
	return rc;
}

CUresult host_library_load(struct dispatch *dispatch, CUlibrary *library, struct wire_image wire,
			   uint32_t n_pieces, const struct wire_piece *pieces, uint32_t n_options,
			   const struct wire_option *options, uint32_t info_bytes, char *info_log,
			   uint32_t error_bytes, char *error_log, int *result)
{
	struct image image;
	struct jit jit;
	CUresult rc;

	if (!driver.cuLibraryLoadData)
		return CUDA_ERROR_NOT_SUPPORTED;
	if (!result || !jit_init(&jit, options, n_options, info_log, info_bytes, error_log,
				 error_bytes))
		return dispatch_refuse(dispatch);
	rc = image_get(dispatch, &wire, pieces, n_pieces, &image);
	if (rc == CUDA_SUCCESS)
		*result = load(library, &image, &jit);
	return rc;
}

CUresult host_library_load_known(struct dispatch *dispatch, CUlibrary *library,
				 struct wire_digest digest, uint32_t kind, uint64_t bytes,
				 uint32_t n_options, const struct wire_option *options,
				 uint32_t info_bytes, char *info_log, uint32_t error_bytes,
				 char *error_log, int *result)
{
	struct image image;
	struct jit jit;
	CUresult rc;

	if (!driver.cuLibraryLoadData)
		return CUDA_ERROR_NOT_SUPPORTED;
	if (!result || !jit_init(&jit, options, n_options, info_log, info_bytes, error_log,
				 error_bytes))
		return dispatch_refuse(dispatch);
	rc = image_find(dispatch, &digest, kind, bytes, &image);
	if (rc == CUDA_SUCCESS)
		*result = load(library, &image, &jit);
	return rc;
}

CUresult host_cuLibraryUnload(struct dispatch *dispatch, CUlibrary library)
{
	struct preserved *preserved = preserved_take(library);
	CUresult rc = driver.cuLibraryUnload(library);

	/* Without memory for the node, better never put than too early. */
	if (rc == CUDA_SUCCESS)
		preserved_put(preserved);
	else if (preserved)
		preserved_give(preserved);
	return rc;
}

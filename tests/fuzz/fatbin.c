/* SPDX-License-Identifier: MIT */
/* fatbin.c - fuzz what finds PTX in a fat binary; the first byte chooses the device */
#include <stdlib.h>
#include <string.h>

#include "softgpu/fatbin.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_texts(const struct image *image)
{
	for (unsigned int i = 0; i < image->count; i++)
		if (image->texts[i].text[image->texts[i].bytes])
			abort();
}

/* What is packed again gives the same texts */
static void check_packed(const struct image *image)
{
	struct image *again;
	size_t bytes;
	void *packed;

	if (image_pack(image, &packed, &bytes))
		return;
	if (image_read_sized(packed, bytes, 75, &again) || again->count != image->count)
		abort();
	for (unsigned int i = 0; i < image->count; i++)
		if (strcmp(again->texts[i].text, image->texts[i].text))
			abort();
	image_put(again);
	free(packed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct image *image;
	void *copy;

	setenv("QCUDA_SOFTGPU_LOG", "off", 0);
	if (!size)
		return 0;
	/* Exact to the byte, so that a step over the end is seen */
	copy = malloc(size - 1);
	if (!copy)
		return 0;
	memcpy(copy, data + 1, size - 1);
	if (!image_read_sized(copy, size - 1, data[0] % 130, &image)) {
		check_texts(image);
		check_packed(image);
		image_put(image);
	}
	free(copy);
	return 0;
}

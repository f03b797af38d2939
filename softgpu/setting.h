/* SPDX-License-Identifier: MIT */
/*
 * setting.h - what a program sets of a function, or of a library's kernel for all its functions
 *
 * Atomic words: threads may race on them, as a program's threads do.
 */
#ifndef SOFTGPU_SETTING_H
#define SOFTGPU_SETTING_H

#include <cuda.h>

enum { FUNCTION_SHARED_DEFAULT = -1 };	/* what a block may have without asking */

/**
 * enum setting
 * @SETTING_SHARED:	CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES, or FUNCTION_SHARED_DEFAULT
 * @SETTING_CARVEOUT:	CU_FUNC_ATTRIBUTE_PREFERRED_SHARED_MEMORY_CARVEOUT, -1 by default
 * @SETTING_LARGE_CLUSTERS: CU_FUNC_ATTRIBUTE_NON_PORTABLE_CLUSTER_SIZE_ALLOWED
 * @SETTING_CLUSTER_POLICY: CU_FUNC_ATTRIBUTE_CLUSTER_SCHEDULING_POLICY_PREFERENCE
 * @SETTING_CLUSTER:	CU_FUNC_ATTRIBUTE_REQUIRED_CLUSTER_WIDTH, then _HEIGHT and _DEPTH
 * @SETTING_CACHE:	a CUfunc_cache
 */
enum setting {
	SETTING_SHARED, SETTING_CARVEOUT, SETTING_LARGE_CLUSTERS, SETTING_CLUSTER_POLICY,
	SETTING_CLUSTER, SETTING_CACHE = SETTING_CLUSTER + 3, SETTINGS,
};

struct settings {
	int values[SETTINGS];
};

static inline int setting_get(const struct settings *settings, unsigned int which)
{
	return __atomic_load_n(&settings->values[which], __ATOMIC_RELAXED);
}

static inline void setting_set(struct settings *settings, unsigned int which, int value)
{
	__atomic_store_n(&settings->values[which], value, __ATOMIC_RELAXED);
}

/* settings_init() - CUDA's defaults */
static inline void settings_init(struct settings *settings)
{
	*settings = (struct settings){
		.values = { [SETTING_SHARED] = FUNCTION_SHARED_DEFAULT, [SETTING_CARVEOUT] = -1 },
	};
}

static inline void settings_copy(struct settings *to, const struct settings *from)
{
	for (unsigned int i = 0; i < SETTINGS; i++)
		setting_set(to, i, setting_get(from, i));
}

#endif /* SOFTGPU_SETTING_H */

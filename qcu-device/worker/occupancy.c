/* SPDX-License-Identifier: MIT */
/* occupancy.c - how many clusters fit.  Faces qcu-library/cuda/occupancy.c. */
#include "qcu-device/worker/attribute.h"
#include "qcu-device/worker/body.h"

CUresult host_occupancy_clusters(struct dispatch *dispatch, CUfunction function, CUstream stream,
				 struct wire_launch shape, uint32_t n,
				 const CUlaunchAttribute *attributes, uint32_t potential,
				 int *result)
{
	CUlaunchConfig config = {
		.gridDimX = shape.grid[0], .gridDimY = shape.grid[1], .gridDimZ = shape.grid[2],
		.blockDimX = shape.block[0], .blockDimY = shape.block[1],
		.blockDimZ = shape.block[2], .sharedMemBytes = shape.dynamic_shared,
		.hStream = stream, .attrs = (CUlaunchAttribute *)attributes, .numAttrs = n,
	};

	if (!result || (n && !attributes))
		return dispatch_refuse(dispatch);
	if (!driver.cuOccupancyMaxActiveClusters || !driver.cuOccupancyMaxPotentialClusterSize)
		return CUDA_ERROR_NOT_SUPPORTED;
	if (!attributes_are_plain(attributes, n))
		return CUDA_ERROR_INVALID_VALUE;
	return potential ? driver.cuOccupancyMaxPotentialClusterSize(result, function, &config) :
			   driver.cuOccupancyMaxActiveClusters(result, function, &config);
}

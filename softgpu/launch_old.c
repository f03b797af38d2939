/* SPDX-License-Identifier: MIT */
/*
 * launch_old.c - launches of before CUDA 4, one argument at a time
 *
 * The function keeps the shape of its blocks and a buffer of parameters, which
 * the calls of old set piece by piece; the launch is then one of cuLaunchKernel().
 * Nothing here knows what is under the API: the guest's libcuda is made of this file too.
 */
#include "softgpu/api.h"

#include <pthread.h>
#include <string.h>

#include "softgpu/launch_old.h"

/* Guards every struct old_launch: programs that use this are not in a hurry. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* On CUDA_SUCCESS the lock is held. */
static CUresult open_launch(CUfunction f, struct old_launch **launch)
{
	CUdevice device;
	CUresult rc = cuCtxGetDevice(&device);

	if (rc != CUDA_SUCCESS)
		return rc;
	pthread_mutex_lock(&lock);
	*launch = old_launch_of(f, &rc);
	if (!*launch)
		pthread_mutex_unlock(&lock);
	return rc;
}

CUresult cuFuncSetBlockShape(CUfunction hfunc, int x, int y, int z)
{
	struct old_launch *launch;
	CUresult rc;

	if (x <= 0 || y <= 0 || z <= 0)
		return CUDA_ERROR_INVALID_VALUE;
	rc = open_launch(hfunc, &launch);
	if (rc != CUDA_SUCCESS)
		return rc;
	launch->block[0] = x;
	launch->block[1] = y;
	launch->block[2] = z;
	pthread_mutex_unlock(&lock);
	return CUDA_SUCCESS;
}

CUresult cuFuncSetSharedSize(CUfunction hfunc, unsigned int bytes)
{
	struct old_launch *launch;
	CUresult rc = open_launch(hfunc, &launch);

	if (rc != CUDA_SUCCESS)
		return rc;
	launch->shared = bytes;
	pthread_mutex_unlock(&lock);
	return CUDA_SUCCESS;
}

CUresult cuParamSetSize(CUfunction hfunc, unsigned int numbytes)
{
	struct old_launch *launch;
	CUresult rc;

	if (numbytes > OLD_PARAM_BYTES)
		return CUDA_ERROR_INVALID_VALUE;
	rc = open_launch(hfunc, &launch);
	if (rc != CUDA_SUCCESS)
		return rc;
	launch->bytes = numbytes;
	pthread_mutex_unlock(&lock);
	return CUDA_SUCCESS;
}

CUresult cuParamSetv(CUfunction hfunc, int offset, void *ptr, unsigned int numbytes)
{
	struct old_launch *launch;
	CUresult rc;

	if (!ptr || offset < 0 || offset > OLD_PARAM_BYTES ||
	    numbytes > (unsigned int)(OLD_PARAM_BYTES - offset))
		return CUDA_ERROR_INVALID_VALUE;
	rc = open_launch(hfunc, &launch);
	if (rc != CUDA_SUCCESS)
		return rc;
	memcpy(launch->params + offset, ptr, numbytes);
	pthread_mutex_unlock(&lock);
	return CUDA_SUCCESS;
}

CUresult cuParamSeti(CUfunction hfunc, int offset, unsigned int value)
{
	return cuParamSetv(hfunc, offset, &value, sizeof(value));
}

CUresult cuParamSetf(CUfunction hfunc, int offset, float value)
{
	return cuParamSetv(hfunc, offset, &value, sizeof(value));
}

CUresult cuLaunchGridAsync(CUfunction f, int grid_width, int grid_height, CUstream hStream)
{
	struct old_launch *launch, copy;
	size_t bytes;
	void *extra[] = { CU_LAUNCH_PARAM_BUFFER_POINTER, copy.params,
			  CU_LAUNCH_PARAM_BUFFER_SIZE, &bytes, CU_LAUNCH_PARAM_END };
	CUresult rc;

	if (grid_width <= 0 || grid_height <= 0)
		return CUDA_ERROR_INVALID_VALUE;
	rc = open_launch(f, &launch);
	if (rc != CUDA_SUCCESS)
		return rc;
	copy = *launch;
	pthread_mutex_unlock(&lock);
	bytes = copy.bytes;
	return cuLaunchKernel(f, grid_width, grid_height, 1, copy.block[0], copy.block[1],
			      copy.block[2], copy.shared, hStream, NULL, extra);
}

CUresult cuLaunchGrid(CUfunction f, int grid_width, int grid_height)
{
	return cuLaunchGridAsync(f, grid_width, grid_height, NULL);
}

CUresult cuLaunch(CUfunction f)
{
	return cuLaunchGrid(f, 1, 1);
}

/* No device of today can do it for more than one, and for one it is an ordinary launch. */
CUresult cuLaunchCooperativeKernelMultiDevice(CUDA_LAUNCH_PARAMS *launchParamsList,
						      unsigned int numDevices, unsigned int flags)
{
	const CUDA_LAUNCH_PARAMS *p = launchParamsList;
	CUdevice device;
	int possible;
	CUresult rc = cuCtxGetDevice(&device);

	if (rc != CUDA_SUCCESS)
		return rc;
	if (!p || !numDevices ||
	    flags & ~(CUDA_COOPERATIVE_LAUNCH_MULTI_DEVICE_NO_PRE_LAUNCH_SYNC |
		      CUDA_COOPERATIVE_LAUNCH_MULTI_DEVICE_NO_POST_LAUNCH_SYNC))
		return CUDA_ERROR_INVALID_VALUE;
	rc = cuDeviceGetAttribute(&possible, CU_DEVICE_ATTRIBUTE_COOPERATIVE_MULTI_DEVICE_LAUNCH,
				  device);
	if (rc != CUDA_SUCCESS)
		return rc;
	if (numDevices > 1 || !possible)
		return CUDA_ERROR_NOT_SUPPORTED;
	return cuLaunchCooperativeKernel(p->function, p->gridDimX, p->gridDimY, p->gridDimZ,
					 p->blockDimX, p->blockDimY, p->blockDimZ,
					 p->sharedMemBytes, p->hStream, p->kernelParams);
}

"""JOBS x int -> int through ProcessPoolExecutor: wall seconds from the first job to the last result, workers warm.

    pool.py JOBS WORKERS CHUNKSIZE        prints "seconds sum"
"""

import concurrent.futures
import sys
import time


def twice(number):
    return 2 * number


def main():
    jobs, workers, chunksize = map(int, sys.argv[1:])
    with concurrent.futures.ProcessPoolExecutor(workers) as pool:
        list(pool.map(twice, range(100 * workers)))
        began = time.perf_counter()
        total = sum(pool.map(twice, range(jobs), chunksize=chunksize))
        print(f"{time.perf_counter() - began:.6f} {total}")


if __name__ == "__main__":
    main()

"""The libraries a user would pick instead, measured on their own side.

One JSON object per line in, one out; the first line of the caller says how many threads to use.
Matrices are made here from (seed, index), the same bits as src/bench/matrices.rs makes.
"""
import ctypes
import glob
import json
import os
import sys
import threading
import time

# Libraries print what they like; answers go out on a descriptor of their own.
ANSWERS = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)

GOLDEN = 0x9E3779B97F4A7C15
PIECE = 1 << 20


def uniform(np, seed, first, count, step):
    """Numbers first, first + step, ... of the sequence (SplitMix64), in -1..1."""
    out = np.empty(count)
    for begin in range(0, count, PIECE):
        index = np.arange(begin, min(count, begin + PIECE), dtype=np.uint64) * np.uint64(step)
        z = (index + np.uint64(first + 1)) * np.uint64(GOLDEN) + np.uint64(seed)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z ^= z >> np.uint64(31)
        out[begin : begin + len(z)] = (z >> np.uint64(11)) * (2.0 / (1 << 53)) - 1.0
    return out


def matrices(np, orders, is_complex, seed):
    """Stacks of Hermitian matrices: one array (count, n, n) for each order, in order of appearance."""
    stacks = {}
    first = 0
    for n in orders:
        real = uniform(np, seed, 2 * first, n * n, 2).reshape(n, n)
        if is_complex:
            a = real + 1j * uniform(np, seed, 2 * first + 1, n * n, 2).reshape(n, n)
        else:
            a = real
        lower = np.tril(a, -1)
        stacks.setdefault(n, []).append(lower + lower.conj().T + np.diag(np.diag(a).real))
        first += n * n
    return [np.stack(group) for group in stacks.values()]


class Numpy:
    device = "cpu"

    def __init__(self, np, threads):
        self.np = np
        self.id = "numpy"
        self.title = f"numpy {np.__version__} linalg.eigh ({blas(np)}), {threads} threads inside"

    def solve(self, stacks, is_complex):
        return timed(lambda: [self.np.linalg.eigh(stack)[0] for stack in stacks])


class SingleNumpy(Numpy):
    """Threads inside spin when the machine is busy; this one does not."""

    def __init__(self, np, threads):
        super().__init__(np, 1)
        self.id = "numpy-1"
        self.title = f"numpy {np.__version__} linalg.eigh ({blas(np)}), 1 thread"
        self.threads = threads
        self.set_threads = openblas(np).scipy_openblas_set_num_threads64_

    def solve(self, stacks, is_complex):
        self.set_threads(ctypes.c_int(1))
        try:
            return super().solve(stacks, is_complex)
        finally:
            self.set_threads(ctypes.c_int(self.threads))


class Scipy:
    device = "cpu"

    def __init__(self, np, threads):
        import scipy
        import scipy.linalg

        self.linalg = scipy.linalg
        self.id = "scipy"
        self.title = f'scipy {scipy.__version__} linalg.eigh(driver="evd"), {threads} threads inside'

    def solve(self, stacks, is_complex):
        each = lambda a: self.linalg.eigh(a, driver="evd", check_finite=False)[0]
        return timed(lambda: [[each(a) for a in stack] for stack in stacks])


class Lapack:
    """dsyevd/zheevd of one library, one matrix per thread. Copies and the arguments of the calls are
    made before the clock starts; what calls with nothing to do cost is subtracted."""

    device = "cpu"
    # Below this order Python's lock would be measured: one thread.
    SHARED_FROM = 64

    def __init__(self, np, threads):
        self.np = np
        self.threads = threads
        self.find()

    def before(self):
        pass

    def after(self):
        pass

    def in_thread(self):
        pass

    def solve(self, stacks, is_complex):
        self.before()
        try:
            matrices = sorted((a for stack in stacks for a in stack), key=len, reverse=True)
            tasks = [Task(self, a.copy(), is_complex) for a in matrices]
            large = [task for task in tasks if task.n >= self.SHARED_FROM]
            small = tasks[len(large) :]
            routine = self.routine[is_complex]
            spaces = Spaces(self, is_complex)
            calls = [task.arguments(spaces) for task in small]
            self.in_thread()
            empty = self.empty_call(is_complex) * len(calls)
            _, wall, cpu = timed(lambda: self.shared(large, is_complex))
            _, wall_small, cpu_small = timed(lambda: [routine(*call) for call in calls])
            failed = [task.n for task in tasks if task.info.value]
            if failed:
                raise RuntimeError(f"{self.id}: no convergence at orders {failed}")
            wall += max(wall_small - empty, 0.0)
            cpu += max(cpu_small - empty, 0.0)
            return [task.values for task in tasks], wall, cpu
        finally:
            self.after()

    def shared(self, tasks, is_complex):
        queue = iter(tasks)
        lock = threading.Lock()

        def worker():
            self.in_thread()
            spaces = Spaces(self, is_complex)
            while True:
                with lock:
                    task = next(queue, None)
                if task is None:
                    return
                self.routine[is_complex](*task.arguments(spaces))

        workers = [threading.Thread(target=worker) for _ in range(self.threads if tasks else 0)]
        for one in workers:
            one.start()
        for one in workers:
            one.join()

    def empty_call(self, is_complex, count=1000):
        """Seconds of processor time of a call with nothing to do: the least of five."""
        task = Task(self, self.np.zeros((1, 1), dtype=complex if is_complex else float), is_complex)
        call = task.arguments(Spaces(self, is_complex), order=0)
        routine = self.routine[is_complex]
        seconds = []
        for _ in range(5):
            begin = time.process_time()
            for _ in range(count):
                routine(*call)
            seconds.append(time.process_time() - begin)
        return min(seconds) / count


class Task:
    """One matrix (its own copy: it is overwritten) and its values."""

    def __init__(self, library, a, is_complex):
        self.integer = library.integer
        self.n = len(a)
        # Row-major: the mirror image of a Hermitian matrix is its conjugate, with the same values.
        self.a = a
        self.values = library.np.empty(self.n)
        self.info = library.integer(0)

    def arguments(self, spaces, order=None):
        n = self.n if order is None else order
        work, middle, whole = spaces.of(n)
        size = lambda value: ctypes.byref(self.integer(value))
        return (
            b"V", b"L", size(n), address(self.a), size(max(n, 1)), address(self.values), *work,
            *middle, *whole, ctypes.byref(self.info), ctypes.c_size_t(1), ctypes.c_size_t(1),
        )  # fmt: skip


class Spaces:
    """Workspaces of a thread, one for each order, as the routine takes them."""

    def __init__(self, library, is_complex):
        self.library, self.is_complex = library, is_complex
        self.known = {}

    def of(self, n):
        if n not in self.known:
            self.known[n] = self.make(n)
        return self.known[n][0]

    def make(self, n):
        np, integer = self.library.np, self.library.integer
        if self.is_complex:
            lengths = [n * (2 + n) + 1, 1 + 5 * n + 2 * n * n, 3 + 5 * n]
            arrays = [np.empty(lengths[0], dtype=complex), np.empty(lengths[1])]
        else:
            lengths = [1 + 6 * n + 2 * n * n, 3 + 5 * n]
            arrays = [np.empty(lengths[0])]
        arrays.append(np.empty(lengths[-1], dtype=np.int64))
        pairs = [
            (address(array), ctypes.byref(integer(length)))
            for array, length in zip(arrays, lengths)
        ]
        middle = pairs[1] if self.is_complex else ()
        return (pairs[0], middle, pairs[-1]), arrays


def address(array):
    return ctypes.c_void_p(array.ctypes.data)


class Mkl(Lapack):
    integer = ctypes.c_int32

    def find(self):
        places = [os.path.join(sys.prefix, "lib", "libmkl_rt.so*")]
        places.append(os.path.join(sys.prefix, "Library", "bin", "mkl_rt*.dll"))
        names = [name for place in places for name in sorted(glob.glob(place))]
        library = ctypes.CDLL((names or ["libmkl_rt.so"])[0])
        self.routine = [library.dsyevd, library.zheevd]
        self.set_threads = library.MKL_Set_Num_Threads_Local
        text = ctypes.create_string_buffer(198)
        library.mkl_get_version_string(text, 198)
        version = text.value.decode("ascii", "replace").strip()
        version = version.split("Version ")[-1].split("-")[0]
        self.id = "mkl"
        self.title = f"MKL {version} dsyevd/zheevd, one matrix per thread, {self.threads} threads"

    def in_thread(self):
        self.set_threads(ctypes.c_int(1))

    def after(self):
        self.set_threads(ctypes.c_int(0))


class Openblas(Lapack):
    integer = ctypes.c_int64

    def find(self):
        library = openblas(self.np)
        self.routine = [library.scipy_dsyevd_64_, library.scipy_zheevd_64_]
        self.set_threads = library.scipy_openblas_set_num_threads64_
        self.id = "openblas"
        self.title = f"OpenBLAS of numpy, dsyevd/zheevd, one matrix per thread, {self.threads} threads"

    def before(self):
        self.set_threads(ctypes.c_int(1))

    def after(self):
        self.set_threads(ctypes.c_int(self.threads))


class Torch:
    device = "gpu"

    def __init__(self, np, threads):
        import torch

        if not torch.cuda.is_available():
            raise RuntimeError("no CUDA device")
        self.torch = torch
        self.id = "torch"
        name = torch.cuda.get_device_name(0)
        self.title = f"torch {torch.__version__} linalg.eigh (cuSOLVER, CUDA {torch.version.cuda}) on {name}"

    def prepare(self, stacks):
        return [self.torch.as_tensor(stack, device="cuda") for stack in stacks]

    def solve(self, stacks, is_complex):
        self.torch.cuda.synchronize()

        def all_values():
            found = [self.torch.linalg.eigh(stack) for stack in stacks]
            self.torch.cuda.synchronize()
            return [pair[0].cpu().numpy() for pair in found]

        return timed(all_values)

    def release(self):
        self.torch.cuda.empty_cache()


class Cupy:
    device = "gpu"

    def __init__(self, np, threads):
        import cupy

        cupy.cuda.runtime.getDeviceCount()
        self.cupy = cupy
        self.id = "cupy"
        name = cupy.cuda.runtime.getDeviceProperties(0)["name"].decode()
        self.title = f"cupy {cupy.__version__} linalg.eigh (cuSOLVER) on {name}"

    def prepare(self, stacks):
        return [self.cupy.asarray(stack) for stack in stacks]

    def solve(self, stacks, is_complex):
        cupy = self.cupy
        cupy.cuda.Device().synchronize()

        def all_values():
            found = [cupy.linalg.eigh(stack) for stack in stacks]
            cupy.cuda.Device().synchronize()
            return [pair[0].get() for pair in found]

        return timed(all_values)

    def release(self):
        self.cupy.get_default_memory_pool().free_all_blocks()


def openblas(np):
    """The library inside numpy's wheels."""
    folder = os.path.join(os.path.dirname(os.path.dirname(np.__file__)), "numpy.libs")
    names = sorted(glob.glob(os.path.join(folder, "libscipy_openblas64_*")))
    if not names:
        raise RuntimeError("numpy comes without OpenBLAS of its own")
    return ctypes.CDLL(names[0])


def timed(work):
    wall, cpu = time.perf_counter(), time.process_time()
    result = work()
    return result, time.perf_counter() - wall, time.process_time() - cpu


def blas(np):
    try:
        found = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
        return f"{found['name']} {found['version']}"
    except Exception:
        return "BLAS not said"


def trace_norm(np, values):
    if isinstance(values, (list, tuple)):
        return sum(trace_norm(np, one) for one in values)
    return float(np.abs(values).sum())


class Session:
    def __init__(self, threads):
        self.found, self.missing = {}, []
        self.batches, self.uploaded = {}, {}
        try:
            import numpy as np
        except ImportError as error:
            self.missing.append(f"numpy: {error}")
            return
        np.seterr(over="ignore")
        self.np = np
        for kind in (Numpy, SingleNumpy, Scipy, Mkl, Openblas, Torch, Cupy):
            try:
                one = kind(np, threads)
                self.found[one.id] = one
            except Exception as error:
                self.missing.append(f"{kind.__name__.lower()}: {type(error).__name__}: {error}")

    def hello(self):
        found = self.found.values()
        return {
            "python": sys.version.split()[0],
            "candidates": [{"id": c.id, "title": c.title, "device": c.device} for c in found],
            "missing": self.missing,
        }

    def prepare(self, group, orders, complex, seed):
        """A group is solved by all libraries of one kind of device."""
        self.uploaded = {}
        self.batches.pop(group, None)
        for one in self.found.values():
            if one.device == "gpu":
                one.release()
        self.batches[group] = matrices(self.np, orders, complex, seed), complex
        return {"prepared": len(orders)}

    def solve(self, candidate):
        one = self.found[candidate]
        stacks, is_complex = self.batches[one.device]
        if one.device == "gpu":
            if candidate not in self.uploaded:
                self.uploaded = {}
                self.uploaded = {candidate: one.prepare(stacks)}
            stacks = self.uploaded[candidate]
        values, wall, cpu = one.solve(stacks, is_complex)
        norm = trace_norm(self.np, values)
        return {"wall_seconds": wall, "cpu_seconds": cpu, "trace_norm": norm}


def main():
    session = None
    for line in sys.stdin:
        request = json.loads(line)
        command = request.pop("command")
        try:
            if command == "hello":
                session = Session(request["threads"])
                answer = session.hello()
            else:
                known = {"prepare": session.prepare, "solve": session.solve}
                answer = known[command](**request)
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        ANSWERS.write(json.dumps(answer) + "\n")
        ANSWERS.flush()


if __name__ == "__main__":
    main()

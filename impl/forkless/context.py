"""The forkless start method as a context, and the default context of ``forkless`` itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from multiprocessing import context, process
from typing import Any

METHOD = "forkless"
# Programs that were written for POSIX ask for it by this name.
NAMES = (METHOD, "forkserver")


class ForklessProcess(process.BaseProcess):
    """A process that begins as a spare of the server."""

    _start_method = METHOD

    @staticmethod
    def _Popen(process_obj: process.BaseProcess) -> Any:
        from .popen import Popen

        return Popen(process_obj)

    @staticmethod
    def _after_fork() -> None:
        """Nothing was forked: there is nothing to repair."""


class _Primitives(context.BaseContext):
    """Locks, and what is built of them, that outlive the death of whoever holds them."""

    def RLock(self, *, on_owner_death: str = "raise") -> Any:
        """`multiprocessing.RLock`, and see `locks` for what happens when its owner dies."""
        from .locks import RLock

        return RLock(on_owner_death)

    def Lock(self, *, robust: bool = False, on_owner_death: str = "raise") -> Any:
        """`multiprocessing.Lock`, which anybody may release, or a robust one, as `RLock`."""
        if not robust:
            return super().Lock()
        from .locks import RobustLock

        return RobustLock(on_owner_death)

    def Condition(self, lock: Any = None) -> Any:
        """`multiprocessing.Condition`, whose `notify` waits for nobody."""
        from .conditions import Condition

        return Condition(lock)

    def Event(self) -> Any:
        """`multiprocessing.Event`."""
        from .conditions import Event

        return Event()

    def Barrier(
        self,
        parties: int,
        action: Callable[[], object] | None = None,
        timeout: float | None = None,
    ) -> Any:
        """`multiprocessing.Barrier`."""
        from .barrier import Barrier

        return Barrier(parties, action, timeout)

    def Value(self, typecode_or_type: Any, *args: Any, lock: Any = True) -> Any:
        """`multiprocessing.Value`; its own lock recovers."""
        return super().Value(typecode_or_type, *args, lock=self._recovering(lock))

    def Array(self, typecode_or_type: Any, size_or_initializer: Any, *, lock: Any = True) -> Any:
        """`multiprocessing.Array`; its own lock recovers."""
        return super().Array(typecode_or_type, size_or_initializer, lock=self._recovering(lock))

    def _recovering(self, lock: Any) -> Any:
        return self.RLock(on_owner_death="recover") if lock in (True, None) else lock


class ForklessContext(_Primitives):
    """Everything of ``multiprocessing``, with processes that begin as spares."""

    _name = METHOD
    Process = ForklessProcess

    def get_context(self, method: str | None = None) -> Any:
        """This context for both names and None; the standard library's for any other."""
        return self if method is None or method in NAMES else super().get_context(method)

    def Pool(
        self,
        processes: int | None = None,
        initializer: Callable[..., object] | None = None,
        initargs: Iterable[Any] = (),
        maxtasksperchild: int | None = None,
        **options: Any,
    ) -> Any:
        """A ``forkless.Pool`` of this context's processes."""
        from .pool import Pool

        return Pool(processes, initializer, initargs, maxtasksperchild, mp_context=self, **options)

    def freeze_support(self) -> None:
        """As ``forkless.freeze_support``."""
        from .frozen import freeze_support

        freeze_support()

    def set_forkserver_preload(self, module_names: list[str]) -> None:
        """What ``forkless.set_preload`` does; missing modules are ignored, as CPython has it."""
        from .preload import set_preload

        if not all(type(name) is str for name in module_names):
            raise TypeError(f"module_names must be a list of strings, got {module_names!r}")
        set_preload([name for name in module_names if name != "__main__"], on_error="ignore")


forkless_context = ForklessContext()


class ForkserverProcess(ForklessProcess):
    """A forkless process in a program that knows the start method as "forkserver"."""

    _start_method = "forkserver"


class ForkserverContext(ForklessContext):
    """What ``install()`` puts in the place of the native context of that name."""

    _name = "forkserver"
    Process = ForkserverProcess


forkserver_context = ForkserverContext()


class DefaultProcess(process.BaseProcess):
    """``forkless.Process``: a process of whatever ``forkless.set_start_method`` chose."""

    _start_method = None

    @staticmethod
    def _Popen(process_obj: process.BaseProcess) -> Any:
        return default_context.get_context().Process._Popen(process_obj)

    @staticmethod
    def _after_fork() -> None:
        default_context.get_context().Process._after_fork()


class ForklessDefault(_Primitives, context.DefaultContext):
    """The context behind the functions of ``forkless`` itself; the standard library has its own."""

    Process = DefaultProcess  # type: ignore[assignment]

    def get_context(self, method: str | None = None) -> Any:
        """The chosen context, or that of *method*."""
        return forkless_context if method in NAMES else super().get_context(method)

    def Pool(self, *args: Any, mp_context: Any = None, **kwargs: Any) -> Any:
        """A pool in *mp_context* (a context or its name), or in the chosen context."""
        if not isinstance(mp_context, context.BaseContext):
            mp_context = self.get_context(mp_context)
        return mp_context.Pool(*args, **kwargs)

    def get_all_start_methods(self) -> list[str]:
        """The standard library's, with ``forkless`` in front."""
        native = context._default_context.get_all_start_methods()
        return [METHOD, *(name for name in native if name not in NAMES)]

    def set_forkserver_preload(self, module_names: list[str]) -> None:
        """As for the forkless context itself."""
        forkless_context.set_forkserver_preload(module_names)


default_context = ForklessDefault(forkless_context)


def register() -> None:
    """Make multiprocessing in this process know the method by its own name.

    A child needs it: ``Process._bootstrap`` sets the default start method by name.
    """
    context._concrete_contexts[METHOD] = forkless_context  # type: ignore[attr-defined]

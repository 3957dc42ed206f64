"""Never run: what mypy has to accept."""

import flom

with flom.lock("a", flom.Resource("b[2]", quantity=1), mode="PR", timeout=1.5) as lock:
    token: int | None = lock.fencing_token
    names: tuple[str | None, ...] = lock.elements


async def body() -> None:
    async with flom.aio.lock("a", on_lost="cancel") as lock:
        element: str | None = lock.element


code: int = flom.flom_handle_lock(None)
name: str | None = flom.flom_handle_get_resource_name(flom.flom_handle_t())

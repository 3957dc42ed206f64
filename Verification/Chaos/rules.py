"""The rules of exclusion: the matrix of lock modes and the arithmetic of the kinds, from the documents and not from the product."""

# The modes that are compatible with the mode of the row.
BESIDE = {
    "NL": {"NL", "CR", "CW", "PR", "PW", "EX"},
    "CR": {"NL", "CR", "CW", "PR", "PW"},
    "CW": {"NL", "CR", "CW"},
    "PR": {"NL", "CR", "PR"},
    "PW": {"NL", "CR"},
    "EX": {"NL"},
}


def apart(one, other):
    """Whether the paths are different, and neither lies below the other."""
    return not (one + "/").startswith(other + "/") and not (other + "/").startswith(one + "/")


def fits(part, element, others):
    """Whether a grant is compatible with others of the same key, each a part and an element."""
    if part.kind == "simple":
        return all(other.mode in BESIDE[part.mode] for other, _ in others)
    if part.kind == "path":
        return all(other.mode in BESIDE[part.mode] or apart(part.name, other.name) for other, _ in others)
    if part.kind == "pool":
        return part.quantity + sum(other.quantity for other, _ in others) <= part.capacity
    if part.kind == "set":
        return element in part.name.split(".") and all(element != taken for _, taken in others)
    return element != "" and len(others) < part.capacity and all(element != taken for _, taken in others)


def has_room(part, others):
    """Whether one more grant would fit, with any element; not for time stamps, which wait for their clock as well."""
    if part.kind == "set":
        return len(others) < len(part.name.split("."))
    if part.kind in ("sequence", "transactional"):
        return len(others) < part.capacity
    return fits(part, "", others)


def conflict(one, other):
    """Whether two requests of one key conflict in a queue."""
    if one.kind == "simple":
        return other.mode not in BESIDE[one.mode]
    if one.kind == "path":
        return other.mode not in BESIDE[one.mode] and not apart(one.name, other.name)
    return True

def heat(degrees: int) -> int:
    return degrees + 1

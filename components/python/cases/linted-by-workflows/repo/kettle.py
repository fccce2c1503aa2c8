def boil(degrees: int) -> bool:
    return degrees >= 100

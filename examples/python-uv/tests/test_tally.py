from tally import tally


def test_case_does_not_matter() -> None:
    assert tally("To be or not to be") == {"to": 2, "be": 2, "or": 1, "not": 1}

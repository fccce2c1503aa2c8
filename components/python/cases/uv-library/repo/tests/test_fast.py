"""
def test_in_a_docstring(): ...
"""
# def test_in_a_comment(): ...


def helper():
    def test_nested():
        pass


def test_one():
    assert True


class TestGroup:
    def test_two(self):
        assert True

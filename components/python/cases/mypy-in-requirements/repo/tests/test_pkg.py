def test_import():
    import pkg

print("integrated")

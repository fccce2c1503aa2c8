module example.com/kit/bridge

go 1.25.0

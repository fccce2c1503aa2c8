module example.com/kit/build

go 1.25.0

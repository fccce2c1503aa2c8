module example.com/kit

go 1.25.0

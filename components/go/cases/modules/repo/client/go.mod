module example.com/kit/client

go 1.25.0

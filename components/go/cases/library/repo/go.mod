module github.com/x/lib

go 1.21

module example.com/shop

go 1.25.0

toolchain go1.26.1

require (
	github.com/gin-gonic/gin v1.10.0
	github.com/jackc/pgx/v5 v5.7.0
	golang.org/x/net v0.30.0 // indirect
)

module example.com/cli

go 1.26

require (
	example.com/api v0.0.0
	github.com/spf13/cobra v1.9.0
)

replace example.com/api => ../api

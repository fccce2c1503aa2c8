module example.com/kit/server

go 1.25.0

require example.com/kit/bridge v0.0.0

replace example.com/kit/bridge => ../bridge

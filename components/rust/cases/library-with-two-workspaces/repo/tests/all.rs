#[tokio::test]
async fn works() {}

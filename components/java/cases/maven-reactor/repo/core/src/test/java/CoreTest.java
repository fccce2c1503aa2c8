import org.junit.jupiter.api.Test;
// import org.junit.Test;

class CoreTest {
    String text = "@Test void no() {}";
    @Test
    void works() {}
}

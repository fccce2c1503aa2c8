import org.junit.Test;

public class OldTest {
    @Test public void works() {}
    /* @Test public void dead() {} */
}

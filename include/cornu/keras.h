/* Keras' own class names, for programs that want them:
 *
 *     cornu_model *model = Sequential(
 *         Input(28, 28), Flatten(), Dense(128, .activation = "relu"), Dense(10));
 *
 * These are macros without a prefix; include this header last, and only where no other header uses
 * such names. */
#ifndef CORNU_KERAS_H
#define CORNU_KERAS_H

#include <cornu/cornu.h>

#ifndef __cplusplus
/* models */
#define Sequential(...) cornu_sequential(__VA_ARGS__)
#define Functional(...) cornu_functional(__VA_ARGS__)
#define Input(...) cornu_input(__VA_ARGS__)

/* layers */
#define Activation(...) cornu_layer_activation(__VA_ARGS__)
#define Dense(...) cornu_layer_dense(__VA_ARGS__)
#define Dropout(...) cornu_layer_dropout(__VA_ARGS__)
#define ELU(...) cornu_layer_elu(__VA_ARGS__)
#define Flatten(...) cornu_layer_flatten(__VA_ARGS__)
#define Identity(...) cornu_layer_identity(__VA_ARGS__)
#define LeakyReLU(...) cornu_layer_leaky_relu(__VA_ARGS__)
#define ReLU(...) cornu_layer_relu(__VA_ARGS__)
#define Reshape(...) cornu_layer_reshape(__VA_ARGS__)
#define Softmax(...) cornu_layer_softmax(__VA_ARGS__)

/* losses */
#define BinaryCrossentropy(...) cornu_loss_binary_crossentropy(__VA_ARGS__)
#define CategoricalCrossentropy(...) cornu_loss_categorical_crossentropy(__VA_ARGS__)
#define MeanAbsoluteError(...) cornu_loss_mean_absolute_error(__VA_ARGS__)
#define MeanSquaredError(...) cornu_loss_mean_squared_error(__VA_ARGS__)
#define SparseCategoricalCrossentropy(...) cornu_loss_sparse_categorical_crossentropy(__VA_ARGS__)

/* optimizers */
#define Adam(...) cornu_optimizer_adam(__VA_ARGS__)
#define AdamW(...) cornu_optimizer_adamw(__VA_ARGS__)
#define RMSprop(...) cornu_optimizer_rmsprop(__VA_ARGS__)
#define SGD(...) cornu_optimizer_sgd(__VA_ARGS__)
#endif

#endif

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
#define AdaptiveAveragePooling1D(...) cornu_layer_adaptive_average_pooling1d(__VA_ARGS__)
#define AdaptiveAveragePooling2D(...) cornu_layer_adaptive_average_pooling2d(__VA_ARGS__)
#define AdaptiveAveragePooling3D(...) cornu_layer_adaptive_average_pooling3d(__VA_ARGS__)
#define AdaptiveMaxPooling1D(...) cornu_layer_adaptive_max_pooling1d(__VA_ARGS__)
#define AdaptiveMaxPooling2D(...) cornu_layer_adaptive_max_pooling2d(__VA_ARGS__)
#define AdaptiveMaxPooling3D(...) cornu_layer_adaptive_max_pooling3d(__VA_ARGS__)
#define AveragePooling1D(...) cornu_layer_average_pooling1d(__VA_ARGS__)
#define AveragePooling2D(...) cornu_layer_average_pooling2d(__VA_ARGS__)
#define AveragePooling3D(...) cornu_layer_average_pooling3d(__VA_ARGS__)
#define Conv1D(...) cornu_layer_conv1d(__VA_ARGS__)
#define Conv1DTranspose(...) cornu_layer_conv1d_transpose(__VA_ARGS__)
#define Conv2D(...) cornu_layer_conv2d(__VA_ARGS__)
#define Conv2DTranspose(...) cornu_layer_conv2d_transpose(__VA_ARGS__)
#define Conv3D(...) cornu_layer_conv3d(__VA_ARGS__)
#define Conv3DTranspose(...) cornu_layer_conv3d_transpose(__VA_ARGS__)
#define Cropping1D(...) cornu_layer_cropping1d(__VA_ARGS__)
#define Cropping2D(...) cornu_layer_cropping2d(__VA_ARGS__)
#define Cropping3D(...) cornu_layer_cropping3d(__VA_ARGS__)
#define Dense(...) cornu_layer_dense(__VA_ARGS__)
#define DepthwiseConv1D(...) cornu_layer_depthwise_conv1d(__VA_ARGS__)
#define DepthwiseConv2D(...) cornu_layer_depthwise_conv2d(__VA_ARGS__)
#define Dropout(...) cornu_layer_dropout(__VA_ARGS__)
#define ELU(...) cornu_layer_elu(__VA_ARGS__)
#define Flatten(...) cornu_layer_flatten(__VA_ARGS__)
#define GlobalAveragePooling1D(...) cornu_layer_global_average_pooling1d(__VA_ARGS__)
#define GlobalAveragePooling2D(...) cornu_layer_global_average_pooling2d(__VA_ARGS__)
#define GlobalAveragePooling3D(...) cornu_layer_global_average_pooling3d(__VA_ARGS__)
#define GlobalMaxPooling1D(...) cornu_layer_global_max_pooling1d(__VA_ARGS__)
#define GlobalMaxPooling2D(...) cornu_layer_global_max_pooling2d(__VA_ARGS__)
#define GlobalMaxPooling3D(...) cornu_layer_global_max_pooling3d(__VA_ARGS__)
#define Identity(...) cornu_layer_identity(__VA_ARGS__)
#define LeakyReLU(...) cornu_layer_leaky_relu(__VA_ARGS__)
#define MaxPooling1D(...) cornu_layer_max_pooling1d(__VA_ARGS__)
#define MaxPooling2D(...) cornu_layer_max_pooling2d(__VA_ARGS__)
#define MaxPooling3D(...) cornu_layer_max_pooling3d(__VA_ARGS__)
#define ReLU(...) cornu_layer_relu(__VA_ARGS__)
#define Reshape(...) cornu_layer_reshape(__VA_ARGS__)
#define SeparableConv1D(...) cornu_layer_separable_conv1d(__VA_ARGS__)
#define SeparableConv2D(...) cornu_layer_separable_conv2d(__VA_ARGS__)
#define Softmax(...) cornu_layer_softmax(__VA_ARGS__)
#define UpSampling1D(...) cornu_layer_up_sampling1d(__VA_ARGS__)
#define UpSampling2D(...) cornu_layer_up_sampling2d(__VA_ARGS__)
#define UpSampling3D(...) cornu_layer_up_sampling3d(__VA_ARGS__)
#define ZeroPadding1D(...) cornu_layer_zero_padding1d(__VA_ARGS__)
#define ZeroPadding2D(...) cornu_layer_zero_padding2d(__VA_ARGS__)
#define ZeroPadding3D(...) cornu_layer_zero_padding3d(__VA_ARGS__)

/* losses */
#define BinaryCrossentropy(...) cornu_loss_binary_crossentropy(__VA_ARGS__)
#define BinaryFocalCrossentropy(...) cornu_loss_binary_focal_crossentropy(__VA_ARGS__)
#define CTC(...) cornu_loss_ctc(__VA_ARGS__)
#define CategoricalCrossentropy(...) cornu_loss_categorical_crossentropy(__VA_ARGS__)
#define CategoricalFocalCrossentropy(...) cornu_loss_categorical_focal_crossentropy(__VA_ARGS__)
#define CategoricalGeneralizedCrossEntropy(...)                                                    \
    cornu_loss_categorical_generalized_cross_entropy(__VA_ARGS__)
#define CategoricalHinge(...) cornu_loss_categorical_hinge(__VA_ARGS__)
#define Circle(...) cornu_loss_circle(__VA_ARGS__)
#define CosineSimilarity(...) cornu_loss_cosine_similarity(__VA_ARGS__)
#define Dice(...) cornu_loss_dice(__VA_ARGS__)
#define Hinge(...) cornu_loss_hinge(__VA_ARGS__)
#define Huber(...) cornu_loss_huber(__VA_ARGS__)
#define KLDivergence(...) cornu_loss_kl_divergence(__VA_ARGS__)
#define LogCosh(...) cornu_loss_log_cosh(__VA_ARGS__)
#define MeanAbsoluteError(...) cornu_loss_mean_absolute_error(__VA_ARGS__)
#define MeanAbsolutePercentageError(...) cornu_loss_mean_absolute_percentage_error(__VA_ARGS__)
#define MeanSquaredError(...) cornu_loss_mean_squared_error(__VA_ARGS__)
#define MeanSquaredLogarithmicError(...) cornu_loss_mean_squared_logarithmic_error(__VA_ARGS__)
#define Poisson(...) cornu_loss_poisson(__VA_ARGS__)
#define SparseCategoricalCrossentropy(...) cornu_loss_sparse_categorical_crossentropy(__VA_ARGS__)
#define SquaredHinge(...) cornu_loss_squared_hinge(__VA_ARGS__)
#define Tversky(...) cornu_loss_tversky(__VA_ARGS__)

/* metrics; those that are called like a loss have only their long name */
#define AUC(...) cornu_metric_auc(__VA_ARGS__)
#define Accuracy(...) cornu_metric_accuracy(__VA_ARGS__)
#define BinaryAccuracy(...) cornu_metric_binary_accuracy(__VA_ARGS__)
#define BinaryIoU(...) cornu_metric_binary_iou(__VA_ARGS__)
#define CategoricalAccuracy(...) cornu_metric_categorical_accuracy(__VA_ARGS__)
#define ConcordanceCorrelation(...) cornu_metric_concordance_correlation(__VA_ARGS__)
#define F1Score(...) cornu_metric_f1_score(__VA_ARGS__)
#define FBetaScore(...) cornu_metric_fbeta_score(__VA_ARGS__)
#define FalseNegatives(...) cornu_metric_false_negatives(__VA_ARGS__)
#define FalsePositives(...) cornu_metric_false_positives(__VA_ARGS__)
#define IoU(...) cornu_metric_iou(__VA_ARGS__)
#define LogCoshError(...) cornu_metric_log_cosh_error(__VA_ARGS__)
#define Mean(...) cornu_metric_mean(__VA_ARGS__)
#define MeanIoU(...) cornu_metric_mean_iou(__VA_ARGS__)
#define MeanMetricWrapper(...) cornu_metric_mean_metric_wrapper(__VA_ARGS__)
#define OneHotIoU(...) cornu_metric_one_hot_iou(__VA_ARGS__)
#define OneHotMeanIoU(...) cornu_metric_one_hot_mean_iou(__VA_ARGS__)
#define PearsonCorrelation(...) cornu_metric_pearson_correlation(__VA_ARGS__)
#define Precision(...) cornu_metric_precision(__VA_ARGS__)
#define PrecisionAtRecall(...) cornu_metric_precision_at_recall(__VA_ARGS__)
#define R2Score(...) cornu_metric_r2_score(__VA_ARGS__)
#define Recall(...) cornu_metric_recall(__VA_ARGS__)
#define RecallAtPrecision(...) cornu_metric_recall_at_precision(__VA_ARGS__)
#define RootMeanSquaredError(...) cornu_metric_root_mean_squared_error(__VA_ARGS__)
#define SensitivityAtSpecificity(...) cornu_metric_sensitivity_at_specificity(__VA_ARGS__)
#define SparseCategoricalAccuracy(...) cornu_metric_sparse_categorical_accuracy(__VA_ARGS__)
#define SparseTopKCategoricalAccuracy(...)                                                         \
    cornu_metric_sparse_top_k_categorical_accuracy(__VA_ARGS__)
#define SpecificityAtSensitivity(...) cornu_metric_specificity_at_sensitivity(__VA_ARGS__)
#define Sum(...) cornu_metric_sum(__VA_ARGS__)
#define TopKCategoricalAccuracy(...) cornu_metric_top_k_categorical_accuracy(__VA_ARGS__)
#define TrueNegatives(...) cornu_metric_true_negatives(__VA_ARGS__)
#define TruePositives(...) cornu_metric_true_positives(__VA_ARGS__)

/* optimizers */
#define Adam(...) cornu_optimizer_adam(__VA_ARGS__)
#define AdamW(...) cornu_optimizer_adamw(__VA_ARGS__)
#define RMSprop(...) cornu_optimizer_rmsprop(__VA_ARGS__)
#define SGD(...) cornu_optimizer_sgd(__VA_ARGS__)
#endif

#endif
